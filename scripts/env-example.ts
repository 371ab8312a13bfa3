// Writes .env.example from the schema of the settings; a test compares the two.
import { writeFileSync } from 'node:fs';
import { envExample } from '@meeboter/chassis/env.ts';

writeFileSync(new URL('../.env.example', import.meta.url), envExample());
