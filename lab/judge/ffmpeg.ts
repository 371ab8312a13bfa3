import { spawn } from 'node:child_process';

/**
 * Runs ffmpeg or ffprobe and passes on its output as it comes. Resolves with the exit code and the
 * messages, also when the code is not 0: of a recording that was cut off, ffmpeg decodes everything up
 * to the cut and then fails. Rejects when the tool cannot be started.
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
