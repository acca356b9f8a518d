import { isHoldfastError } from '@holdfast/domain'
import { createFaultyStore, type Fault, type FaultyStore, faultFits, type StoreCall } from '@holdfast/testkit'
import type { TestVault } from '../test-vault.ts'
import { fittingCodes, LASTING_FAULTS, SINGLE_FAULTS, strikes } from './test-fault-kinds.ts'

/** One case: a verb that met one fault, and the vault behind it, whole again from now on. */
export type FaultCase<T> = {
  /** For messages: the fault and the call that met it. */
  readonly where: string
  readonly fault: Fault
  readonly lasting: boolean
  readonly t: TestVault
  /** The first call that met the fault. */
  readonly struck: StoreCall
  readonly ended:
    | { readonly kind: 'finished'; readonly value: T }
    | { readonly kind: 'failed'; readonly error: unknown }
}

/**
 * Runs a verb on a copy of a vault once for every fault at every store call that it makes without one, and once more
 * with faults that last from that call on. A hanging call is aborted. Answers how many cases there were.
 */
export async function eachFault<T>(
  made: TestVault,
  run: (t: TestVault) => Promise<T>,
  judge: (found: FaultCase<T>) => Promise<void>,
): Promise<number> {
  const calls: StoreCall[] = []
  await run(made.fork({ through: (inner) => createFaultyStore(inner, (call) => void calls.push(call)) }))
  let cases = 0
  for (const [faults, lasting] of [
    [SINGLE_FAULTS, false],
    [LASTING_FAULTS, true],
  ] as const)
    for (const fault of faults)
      for (const { number, method } of calls) {
        if (!faultFits(fault.kind, method)) continue
        await judge(await oneFault(made, run, { fault, at: number, lasting }))
        cases += 1
      }
  return cases
}

async function oneFault<T>(
  made: TestVault,
  run: (t: TestVault) => Promise<T>,
  by: { fault: Fault; at: number; lasting: boolean },
): Promise<FaultCase<T>> {
  const stop = new AbortController()
  const struck: StoreCall[] = []
  let healthy = false
  let faulty: FaultyStore | undefined
  const through = (inner: TestVault['inner']) => {
    faulty = createFaultyStore(inner, (call) => {
      if (healthy || !strikes(by.fault, call, by)) return undefined
      struck.push(call)
      if (by.fault.kind === 'hang') setImmediate(() => stop.abort())
      return by.fault
    })
    return faulty
  }
  const broken = made.fork({ through, signal: stop.signal })
  const ended = await run(broken).then(
    (value) => ({ kind: 'finished', value }) as const,
    (error: unknown) => ({ kind: 'failed', error }) as const,
  )
  healthy = true
  await faulty?.settle()
  const [first] = struck
  if (first === undefined)
    throw new Error(`No call ${by.at} met ${by.fault.kind}: the run is not the same twice.`)
  const often = by.lasting ? 'from' : 'at'
  const where = `${JSON.stringify(by.fault)} ${often} call ${by.at} (${first.method} ${first.key}): ${say(ended)}`
  // The cache lives on, the signal does not.
  const t = broken.healed()
  return { where, ...by, t, struck: first, ended }
}

/** Why the way in which a verb ended does not fit its fault; undefined when it does. */
export function misfit(
  { ended, fault }: FaultCase<unknown>,
  also: readonly string[] = [],
): string | undefined {
  if (ended.kind === 'finished') return undefined
  const { error } = ended
  if (!isHoldfastError(error)) return `it ended with ${String(error)}`
  return [...fittingCodes(fault), ...also].includes(error.code) ? undefined : `it ended with ${error.code}`
}

function say(ended: FaultCase<unknown>['ended']): string {
  if (ended.kind === 'finished') return 'finished'
  return isHoldfastError(ended.error) ? `${ended.error.code}: ${ended.error.message}` : String(ended.error)
}
