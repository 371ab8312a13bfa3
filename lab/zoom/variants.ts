/** How the web client looks: its layout in the call, and the frame in which it is shown. */
export interface ZoomVariant {
  layout: 'single' | 'gallery' | 'older';
  frame: 'none' | 'pwa-webclient' | 'webclient';
}

const VARIANTS: readonly ZoomVariant[] = [
  { layout: 'single', frame: 'none' },
  { layout: 'gallery', frame: 'none' },
  { layout: 'older', frame: 'none' },
  { layout: 'single', frame: 'pwa-webclient' },
  { layout: 'gallery', frame: 'webclient' },
  { layout: 'older', frame: 'pwa-webclient' },
];

/** The variant of a scenario's number, modulo their number. */
export function variantOf(index: number): ZoomVariant {
  const variant = VARIANTS[index % VARIANTS.length];
  if (!variant) throw new RangeError(`no variant has the number ${index}`);
  return variant;
}
