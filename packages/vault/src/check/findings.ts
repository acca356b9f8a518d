import { isHoldfastError } from '@holdfast/domain'

export type DamageKind =
  | 'vault-file'
  | 'readme'
  | 'reserve'
  | 'key'
  | 'snapshot'
  | 'index'
  | 'pack'
  | 'piece'
  | 'mark'
  | 'claim'
  | 'program'
  | 'settings'

/** Objects found damaged, and pieces that can't be had because of it. */
export type Findings = {
  /** The first reason given for an object stays. */
  add(object: string, kind: DamageKind, reason: string): void
  readonly objects: Map<string, { kind: DamageKind; reason: string }>
  /** Ids of pieces that a listed snapshot needs and can't have. */
  readonly pieces: Set<string>
  /** Leaves that can't be read, by piece id. */
  readonly leaves: Set<string>
}

export function createFindings(): Findings {
  const objects = new Map<string, { kind: DamageKind; reason: string }>()
  return {
    objects,
    pieces: new Set(),
    leaves: new Set(),
    add(object, kind, reason) {
      if (!objects.has(object)) objects.set(object, { kind, reason })
    },
  }
}

/** True for what says that stored bytes are wrong or gone; a remote out of reach is something else. */
export function isDamage(error: unknown): error is Error {
  return (
    isHoldfastError(error, 'VAULT_DAMAGED') ||
    isHoldfastError(error, 'OBJECT_MISSING') ||
    isHoldfastError(error, 'REMOTE_LIES')
  )
}
