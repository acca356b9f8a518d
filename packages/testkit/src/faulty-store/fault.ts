import { HoldfastError } from '@holdfast/domain'

/** A call as the script sees it: `number` counts all calls of this store from 1, so that a run can be replayed. */
export type StoreCall = {
  readonly number: number
  readonly method: StoreMethod
  readonly key: string
}

export type StoreMethod = 'put' | 'get' | 'stat' | 'list' | 'delete'

/** What goes wrong with one call. Where calls are counted, it is all calls of the store from the next one on. */
export type Fault =
  /** Rejects, and nothing happened. */
  | { readonly kind: 'error-before'; readonly error?: HoldfastError }
  /** Rejects, although it happened: an ambiguous failure. */
  | { readonly kind: 'error-after'; readonly error?: HoldfastError }
  /** A put keeps only the first bytes and says that all is well, or rejects. */
  | { readonly kind: 'truncate'; readonly keep: number; readonly reports: 'success' | 'error' }
  /** A put or a delete changes nothing and says that all is well; a get, stat or list does not see what is there. */
  | { readonly kind: 'vanish' }
  /** A get answers with one bit changed in the byte at `at` (from the end when negative). */
  | { readonly kind: 'flip'; readonly at: number }
  /** Nothing comes back until `signal` aborts. */
  | { readonly kind: 'hang' }
  /** A put lands, and lands again after so many more calls (0: at once), also when it was deleted meanwhile. */
  | { readonly kind: 'duplicate'; readonly calls: number }
  /** A put says that all is well, and nobody sees the object before so many more calls were made. */
  | { readonly kind: 'delayed'; readonly calls: number }
  /** A listing as it was so many calls ago. */
  | { readonly kind: 'stale-list'; readonly calls: number }
  /** A get of a range answers the first bytes of the object, as many as were asked for: a server that ignores Range. */
  | { readonly kind: 'wrong-range' }
  /** Begins only when so many more calls were made, or when nobody calls any more. */
  | { readonly kind: 'slow'; readonly calls: number }
  /** A put beyond so many stored bytes is refused with REMOTE_FULL; a delete gives its bytes back. */
  | { readonly kind: 'quota'; readonly bytes: number }
  /** The credential may create and read: to overwrite and to delete is refused with REMOTE_DENIED. */
  | { readonly kind: 'denied' }

const ALL: readonly StoreMethod[] = ['put', 'get', 'stat', 'list', 'delete']

const METHODS: Readonly<Record<Fault['kind'], readonly StoreMethod[]>> = {
  'error-before': ALL,
  'error-after': ALL,
  truncate: ['put'],
  vanish: ALL,
  flip: ['get'],
  hang: ALL,
  duplicate: ['put'],
  delayed: ['put'],
  'stale-list': ['list'],
  'wrong-range': ['get'],
  slow: ALL,
  quota: ['put'],
  denied: ['put', 'delete'],
}

/** True when a fault of this kind means something for the method; a script may only give such a one. */
export function faultFits(kind: Fault['kind'], method: StoreMethod): boolean {
  return METHODS[kind].includes(method)
}

export function brokenCall(call: StoreCall): HoldfastError {
  return new HoldfastError(
    'REMOTE_UNREACHABLE',
    `Scripted fault: ${call.method} ${call.key} (call ${call.number}).`,
  )
}
