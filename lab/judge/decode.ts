import { spawnSync } from 'node:child_process';

/**
 * Decodes a file to its end. Returns what ffmpeg complains of, which is nothing when the file plays.
 *
 * Every picture keeps its own time. By default ffmpeg puts the pictures it has decoded on a grid of the frame
 * rate that it guesses from the file's beginning. In a recording whose beginning has few pictures (a busy
 * machine) that grid is too coarse for what comes later, and ffmpeg complains of its own output.
 */
export function decodingErrors(path: string): string {
  const ownTimes = ['-fps_mode', 'passthrough', '-enc_time_base:v', '1/90000'];
  const { stderr, error } = spawnSync('ffmpeg', ['-v', 'error', '-i', path, ...ownTimes, '-f', 'null', '-'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) throw new Error('ffmpeg could not be started', { cause: error });
  return stderr;
}
