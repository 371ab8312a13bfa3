import { readDeployerSettings } from '@meeboter/chassis/env.ts';
import { runProgram } from '@meeboter/chassis/lifecycle.ts';
import { startDeployer } from './deployer.ts';

await runProgram(() => startDeployer(readDeployerSettings()));
