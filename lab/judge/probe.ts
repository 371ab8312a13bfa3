import { runTool } from './ffmpeg.ts';

interface ProbedStream {
  codec_type?: string;
  codec_name?: string;
  width?: number;
  height?: number;
  sample_rate?: string;
}

export interface Probe {
  video: { codec: string; width: number; height: number } | null;
  audio: { codec: string; sampleRate: number } | null;
}

/** The first video and audio stream of a recording; null where the file has none that can be read. */
export async function probe(path: string): Promise<Probe> {
  const output: Buffer[] = [];
  const { code } = await runTool('ffprobe', ['-v', 'error', '-show_streams', '-of', 'json', path], (chunk) =>
    output.push(chunk),
  );
  if (code !== 0) return { video: null, audio: null };
  const { streams = [] } = JSON.parse(Buffer.concat(output).toString('utf8')) as { streams?: ProbedStream[] };
  const video = streams.find((stream) => stream.codec_type === 'video' && stream.width);
  const audio = streams.find((stream) => stream.codec_type === 'audio' && stream.sample_rate);
  return {
    video: video
      ? { codec: video.codec_name ?? '?', width: video.width ?? 0, height: video.height ?? 0 }
      : null,
    audio: audio ? { codec: audio.codec_name ?? '?', sampleRate: Number(audio.sample_rate) } : null,
  };
}
