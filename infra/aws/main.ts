// The CDK app: see README.md. `npx aws-cdk deploy` in this folder runs it.
import { App } from 'aws-cdk-lib';
import { optionsOf } from './options.ts';
import { BotsStack } from './stack.ts';

const app = new App();
new BotsStack(app, 'Meeboter', optionsOf(app.node));
