// A deployer of a fault run: the product's, on the lab's platforms.
import { environment, readSettings } from '@meeboter/chassis/env.ts';
import { runProgram } from '@meeboter/chassis/lifecycle.ts';
import { startDeployer } from '@meeboter/deployer/deployer.ts';
import { z } from 'zod';
import { labPlatform } from './platform-client.ts';

const url = z.url().parse(environment().LAB_PLATFORM_URL);
const platforms = { aws: labPlatform(url, 'aws'), k8s: labPlatform(url, 'k8s') };
await runProgram(() => startDeployer(readSettings(), { platforms, reconcileEveryMs: 3_000 }));
