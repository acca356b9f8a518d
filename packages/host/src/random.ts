import { randomBytes } from 'node:crypto'
import type { Random } from '@holdfast/vault/ports'

/** The system's cryptographic source: an edge, where chance enters. */
export const systemRandom: Random = { bytes: (length) => randomBytes(length) }
