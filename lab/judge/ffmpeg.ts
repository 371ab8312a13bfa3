import { spawn } from 'node:child_process';

/**
 * Runs ffmpeg or ffprobe; hands over what it writes as it comes. Resolves with
 * its exit code and messages: a cut recording makes it complain and still give
 * everything up to the cut, so that a code alone is no reason to give up.
 */
export function runTool(
  tool: 'ffmpeg' | 'ffprobe',
  args: string[],
  onOutput: (chunk: Buffer) => void,
): Promise<{ code: number | null; messages: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(tool, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const messages: Buffer[] = [];
    child.stdout.on('data', onOutput);
    child.stderr.on('data', (chunk: Buffer) => messages.push(chunk));
    child.once('error', (cause) => reject(new Error(`${tool} could not be started`, { cause })));
    child.once('close', (code) => resolve({ code, messages: Buffer.concat(messages).toString('utf8') }));
  });
}
