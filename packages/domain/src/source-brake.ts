/** What a run found, beside what the last trusted snapshot of its plan held. */
export type BrakeFacts = {
  readonly before: { readonly files: number }
  readonly now: {
    readonly files: number
    readonly filesChanged: number
    readonly bytesRead: number
    readonly bytesStored: number
  }
}

/** Fewer files than this say nothing about a source. */
const MIN_FILES = 10
const SHRUNK_TO = 0.5
const CHANGED_SHARE = 0.3
const MIN_READ_BYTES = 1024 * 1024
/** What does not get smaller by compression than this is encrypted, or compressed already. */
const RANDOM_SHARE = 0.95

/**
 * Why a source looks as if something happened to it, as a sentence; undefined when it does not. An empty, unmounted or
 * suddenly shrunken source, or many changed files that look encrypted, must not thin out the good snapshots before.
 */
export function brakeReason({ before, now }: BrakeFacts): string | undefined {
  if (before.files < MIN_FILES) return undefined
  if (now.files === 0) return `The source is empty; it held ${before.files} files.`
  if (now.files < before.files * SHRUNK_TO)
    return `The source shrank from ${before.files} to ${now.files} files.`
  const changedMuch = now.filesChanged > before.files * CHANGED_SHARE
  const looksEncrypted = now.bytesRead >= MIN_READ_BYTES && now.bytesStored >= now.bytesRead * RANDOM_SHARE
  if (changedMuch && looksEncrypted)
    return `${now.filesChanged} of ${before.files} files changed at once, and what is in them now looks encrypted.`
  return undefined
}
