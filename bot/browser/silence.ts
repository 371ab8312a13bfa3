// What the browser's fake microphone hears.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes one second of 16-bit mono silence, and returns the file's path. */
export async function writeSilence(folder: string): Promise<string> {
  const path = join(folder, 'silence.wav');
  const rate = 48_000;
  const data = rate * 2;
  const wav = Buffer.alloc(44 + data);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + data, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(data, 40);
  await writeFile(path, wav);
  return path;
}
