// Microsoft Teams is driven by Puppeteer.
import { pageDriver } from '../page/driver.ts';
import { MICROSOFT_TEAMS } from './data.ts';

export const driver = pageDriver(MICROSOFT_TEAMS, 'puppeteer');
