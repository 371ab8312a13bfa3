// The figures that a section has measured, and their table.
import { cpus, totalmem } from 'node:os';

export interface Figure {
  section: string;
  name: string;
  value: number;
  unit: string;
  /** The same measured without the product's code; null where there is no baseline. */
  baseline: number | null;
  target?: { limit: number; text: string };
}

export interface Machine {
  cpu: string;
  cores: number;
  memoryGiB: number;
  node: string;
  platform: string;
}

export function machine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
}

/** A number with three significant digits. */
function digits(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (Math.abs(value) >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

export function ratioOf(figure: Figure): number | null {
  return figure.baseline === null ? null : figure.value / figure.baseline;
}

export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const ratio = ratioOf(figure);
    const { target } = figure;
    return [
      figure.section,
      figure.name,
      `${digits(figure.value)} ${figure.unit}`,
      figure.baseline === null ? '' : `${digits(figure.baseline)} ${figure.unit}`,
      ratio === null ? '' : `${digits(ratio)}x`,
      target ? `${target.text}: ${figure.value <= target.limit ? 'met' : 'missed'}` : '',
    ];
  });
  const all = [['section', 'figure', 'measured', 'bare', 'ratio', 'target'], ...rows];
  const widths = all[0]?.map((_, n) => Math.max(...all.map((row) => row[n]?.length ?? 0))) ?? [];
  return all
    .map((row) =>
      row
        .map((cell, n) => cell.padEnd(widths[n] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
