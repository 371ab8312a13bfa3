// Zoom's web client is driven by Puppeteer.
import { pageDriver } from '../page/driver.ts';
import { ZOOM } from './data.ts';

export const driver = pageDriver(ZOOM, 'puppeteer');
