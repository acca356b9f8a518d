import { formatBytes } from '@holdfast/domain'
import { systemClock, systemRandom } from '@holdfast/host'
import { type ProbeFinding, type ProbeResult, probeStore } from '@holdfast/vault'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { VaultOptions } from '../open-embedded-vault.ts'
import { openPlace } from '../place/open-place.ts'
import type { Call } from '../program.ts'

/** `holdfast remote test DEST`: exit 1 when a vault could not live there. */
export async function remoteTest(
  { settings, output }: Call,
  dest: string,
  options: Pick<VaultOptions, 'rcloneConfig'>,
): Promise<ExitCode> {
  await using at = await openPlace(dest, settings, { rcloneConfig: options.rcloneConfig, output })
  const env = { clock: systemClock, random: systemRandom, signal: settings.signal }
  const result = await probeStore(at.doors.outer, env)
  output.answer(result, linesOf(at.name, result))
  return result.ok ? EXIT.ok : EXIT.failed
}

function linesOf(name: string, result: ProbeResult): string[] {
  const { findings, roundTripMs, bytesPerSecond, left } = result
  return [
    ...findings.map(({ check, state, text }) => `${MARKS[state]}  ${check.padEnd(6)}  ${text}`),
    ...(roundTripMs === null ? [] : [`A question takes ${Math.max(1, Math.round(roundTripMs))} ms.`]),
    ...(bytesPerSecond === null ? [] : [`It takes ${formatBytes(bytesPerSecond)} a second in one object.`]),
    ...left.map((key) => `Could not be removed: ${key}`),
    result.ok ? `A vault can live at ${name}.` : `A vault can't live at ${name} as it is.`,
  ]
}

const MARKS: Readonly<Record<ProbeFinding['state'], string>> = {
  ...{ ok: 'ok     ', warning: 'warning', failed: 'FAILED ' },
}
