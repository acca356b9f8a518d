import type { Cache } from '../ports.ts'

/** For those who believe only the vault itself. */
export const NO_CACHE: Cache = { get: () => undefined, put: () => undefined, retain: () => undefined }
