// Google Meet is driven by Playwright.
import { pageDriver } from '../page/driver.ts';
import { GOOGLE_MEET } from './data.ts';

export const driver = pageDriver(GOOGLE_MEET, 'playwright');
