import { formatBytes, HoldfastError } from '@holdfast/domain'
import { type AgentClient, callAgent, fetchFromAgent } from '../agent/agent-client.ts'
import { findPlan } from '../agent/find-plan.ts'
import { absolutePath } from '../argument-bytes.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { localTime } from '../local-time.ts'
import { readPassphrase } from '../passphrase.ts'
import type { Call } from '../program.ts'
import { tableOf } from '../table.ts'
import { checkNewFile, writePrivateFile } from '../write-private-file.ts'

type Save = { plan?: string; pdf?: string; paper: 'a4' | 'letter'; force?: boolean }

/** `holdfast kit save [FILE] [--pdf FILE]`: the recovery kit of a plan's vault, which home then knows as saved. */
export async function kitSave(
  { settings, output }: Call,
  file: string | undefined,
  options: Save,
): Promise<ExitCode> {
  const { pdf, paper } = options
  if (file === undefined && pdf === undefined)
    throw new HoldfastError('USAGE', 'Where to? Give a file for the kit, or --pdf FILE for pages to print.')
  const force = options.force === true
  const outOf = (name: string) => absolutePath(name, settings.cwd)
  for (const name of [file, pdf]) if (name !== undefined) await checkNewFile(outOf(name), { force })
  return await callAgent(settings, async (agent) => {
    const vault = await chosenVault(agent, options.plan, settings.signal)
    const kit = await agent.kit.make.mutate({ vault }, { signal: settings.signal })
    const made = new Date(kit.made)
    const bytes = Buffer.from(kit.text)
    // Fetched before anything is written: a kit is whole or not there.
    const pages = pdf === undefined ? undefined : await agent.kit.page.mutate({ vault, made, paper })
    const printed = pages === undefined ? undefined : await fetchFromAgent(settings, pages.url)
    if (file !== undefined) await writePrivateFile(outOf(file), bytes, { force })
    if (pdf !== undefined && printed !== undefined) await writePrivateFile(outOf(pdf), printed, { force })
    const status = await agent.kit.saved.mutate({ vault, made })
    for (const note of kit.notes) output.note(note)
    const { place, encrypted } = status
    const where = { out: file ?? null, pdf: pdf ?? null }
    output.answer({ vault, place, ...where, made: kit.made, bytes: bytes.length, notes: kit.notes }, [
      ...(file === undefined
        ? []
        : [`Wrote the recovery kit of ${place} to ${file} (${formatBytes(bytes.length)}).`]),
      ...(pdf === undefined ? [] : [`Wrote the recovery kit of ${place} to print to ${pdf}.`]),
      encrypted
        ? 'It opens with the passphrase of today. Keep it away from this machine, and the passphrase elsewhere.'
        : 'The vault is plain, so anybody can open the kit.',
      file === undefined
        ? 'On the last day, with the texts of its codes: holdfast recover --kit-text FILE'
        : 'On the last day: holdfast recover FILE',
    ])
    return EXIT.ok
  })
}

/** `holdfast kit sheet FILE --clear`: what opens the vault, in clear; asks for the passphrase again. */
export async function kitSheet(
  { settings, output }: Call,
  file: string,
  options: Omit<Save, 'pdf'> & { clear?: boolean; passphraseFile?: string },
): Promise<ExitCode> {
  if (options.clear !== true)
    throw new HoldfastError(
      'USAGE',
      'Whoever holds this sheet can read and delete every backup in the vault.',
      {
        next: 'If that is what you want, for a safe or a notary, give --clear. Otherwise: holdfast kit save --pdf FILE',
      },
    )
  const out = absolutePath(file, settings.cwd)
  const force = options.force === true
  await checkNewFile(out, { force })
  return await callAgent(settings, async (agent) => {
    const vault = await chosenVault(agent, options.plan, settings.signal)
    const asked = { file: options.passphraseFile, confirm: false, place: 'the vault' }
    const passphrase = await readPassphrase(settings, asked)
    const link = await agent.kit.sheet.mutate({ vault, passphrase, paper: options.paper })
    await writePrivateFile(out, await fetchFromAgent(settings, link.url), { force })
    output.answer({ vault, out: file }, [
      `Wrote the emergency sheet to ${file}. WHOEVER HOLDS IT OPENS THE VAULT.`,
      'Print it, put it into a safe, and delete the file.',
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
