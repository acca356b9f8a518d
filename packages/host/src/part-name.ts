/** Names of files that are being restored: unmistakable, 23 bytes, derived from the final name. */
export const PART_NAME = /^\.holdfast-[0-9a-f]{8}\.part$/

/**
 * The name a file has while it is written. The same final name gives the same part name, so that a restore which is
 * started again meets what a crash left behind and can remove it. `attempt` gives others.
 */
export function partName(finalName: Buffer, attempt = 0): string {
  let hash = (0x811c9dc5 ^ attempt) >>> 0
  for (const byte of finalName) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return `.holdfast-${hash.toString(16).padStart(8, '0')}.part`
}
