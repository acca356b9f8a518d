import { formatPlace, SECOND_MS, toHoldfastError, type VaultPlace } from '@holdfast/domain'
import { inspectPlace } from '@holdfast/vault'
import type { Output } from '../output.ts'
import { openPlace } from '../place/open-place.ts'
import type { Settings } from '../settings.ts'
import { type Finding, ok, problem } from './finding.ts'

const ANSWER_MS = 30 * SECOND_MS

/** Whether each vault is where it should be: asks the places themselves, half a minute each at most. */
export async function checkVaults(
  vaults: readonly { readonly name: string; readonly place: VaultPlace }[],
  { settings, output }: { settings: Settings; output: Output },
): Promise<Finding[]> {
  const places = new Map(vaults.map(({ place }) => [formatPlace(place), place]))
  const findings: Finding[] = []
  for (const text of places.keys()) {
    const limit = AbortSignal.timeout(ANSWER_MS)
    const signal = AbortSignal.any([settings.signal, limit])
    findings.push(await checkVault(text, { settings: { ...settings, signal }, output, limit }))
    settings.signal.throwIfAborted()
  }
  return findings
}

async function checkVault(
  text: string,
  { settings, output, limit }: { settings: Settings; output: Output; limit: AbortSignal },
): Promise<Finding> {
  const check = `vault-${text}`
  try {
    await using place = await openPlace(text, settings, { rcloneConfig: undefined, output })
    const found = await inspectPlace(place.doors.outer)
    if (found.kind === 'vault') return ok(check, `The vault at ${text} is there.`)
    return problem(
      check,
      `There is no vault at ${text}.`,
      'Is the disk plugged in, and is this the right place?',
    )
  } catch (error) {
    if (limit.aborted)
      return problem(
        check,
        `${text} did not answer within half a minute.`,
        'Check the address and the network.',
      )
    const { message, next } = toHoldfastError(error)
    return problem(check, message, next)
  }
}
