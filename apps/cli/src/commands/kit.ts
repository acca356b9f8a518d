import { formatBytes, HoldfastError } from '@holdfast/domain'
import { type AgentClient, callAgent } from '../agent/agent-client.ts'
import { findPlan } from '../agent/find-plan.ts'
import { absolutePath } from '../argument-bytes.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { localTime } from '../local-time.ts'
import type { Call } from '../program.ts'
import { tableOf } from '../table.ts'
import { checkNewFile, writePrivateFile } from '../write-private-file.ts'

/** `holdfast kit save FILE`: the recovery kit of a plan's vault, which home then knows as saved. */
export async function kitSave(
  { settings, output }: Call,
  file: string,
  options: { plan?: string; force?: boolean },
): Promise<ExitCode> {
  const out = absolutePath(file, settings.cwd)
  const force = options.force === true
  await checkNewFile(out, { force })
  return await callAgent(settings, async (agent) => {
    const vault = await chosenVault(agent, options.plan, settings.signal)
    const kit = await agent.kit.make.mutate({ vault }, { signal: settings.signal })
    const bytes = Buffer.from(kit.text)
    await writePrivateFile(out, bytes, { force })
    const status = await agent.kit.saved.mutate({ vault, made: new Date(kit.made) })
    for (const note of kit.notes) output.note(note)
    const { place, encrypted } = status
    output.answer({ vault, place, out: file, made: kit.made, bytes: bytes.length, notes: kit.notes }, [
      `Wrote the recovery kit of ${place} to ${file} (${formatBytes(bytes.length)}).`,
      encrypted
        ? 'It opens with the passphrase of today. Keep it away from this machine, and the passphrase elsewhere.'
        : 'The vault is plain, so anybody can open the kit.',
      'On the last day: holdfast recover FILE',
    ])
    return EXIT.ok
  })
}

/** `holdfast kit status`. */
export async function kitStatus({ settings, output }: Call): Promise<ExitCode> {
  const kits = await callAgent(settings, (agent) => agent.kit.list.query())
  const rows = kits.map(({ place, savedAt, outdated }) => [
    place,
    savedAt === null ? 'never' : localTime(new Date(savedAt)),
    savedAt === null ? 'save one: holdfast kit save FILE' : (outdated ?? 'up to date'),
  ])
  output.answer(
    kits,
    rows.length === 0 ? ['There is no plan yet.'] : tableOf(['vault', 'kit saved', ''], rows),
  )
  return EXIT.ok
}

async function chosenVault(agent: AgentClient, plan: string | undefined, signal: AbortSignal) {
  if (plan !== undefined) return (await findPlan(agent, plan, signal)).vault.id
  const kits = await agent.kit.list.query(undefined, { signal })
  const [only, second] = kits
  if (only === undefined)
    throw new HoldfastError('PLAN_UNKNOWN', 'There is no plan yet, so there is no vault.')
  if (second !== undefined)
    throw new HoldfastError(
      'USAGE',
      `There are several vaults: ${kits.map(({ place }) => place).join(', ')}.`,
      {
        next: 'Say whose with --plan; each vault has a kit of its own.',
      },
    )
  return only.vault
}
