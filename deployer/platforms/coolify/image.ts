// The name of an image, in the two parts that Coolify wants.

export interface Image {
  /** `docker_registry_image_name`; ends in `@sha256` when the tag is a digest. */
  name: string;
  /** `docker_registry_image_tag`: a tag, or the 64 digits of a digest. */
  tag: string;
}

const NAME = /^[a-z0-9][a-z0-9._:/-]*$/;
const TAG = /^\w[\w.-]{0,127}$/;

/** Reads `name:tag` or `name@sha256:digest`, the registry's port included; null for anything else. */
export function parseImage(text: string): Image | null {
  const digest = /^(.+)@sha256:([0-9a-f]{64})$/.exec(text);
  if (digest?.[1] && digest[2]) return { name: `${digest[1]}@sha256`, tag: digest[2] };
  // The last colon, unless it belongs to a registry's port: no slash follows it.
  const [, name = '', tag = ''] = /^(.+):([^:/]+)$/.exec(text) ?? [];
  return NAME.test(name) && TAG.test(tag) ? { name, tag } : null;
}
