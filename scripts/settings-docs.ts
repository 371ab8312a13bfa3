// Writes .env.example and docs/settings.md from the schema of the settings; a test compares them.
import { writeFileSync } from 'node:fs';
import { envExample, settingsTable } from '@meeboter/chassis/env/documents.ts';

writeFileSync(new URL('../.env.example', import.meta.url), envExample());
writeFileSync(new URL('../docs/settings.md', import.meta.url), settingsTable());
