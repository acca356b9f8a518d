import { mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatBytes, HOLDFAST_VERSION, HoldfastError } from '@holdfast/domain'
import { createSourceTree, createTargetTree, installedProgram } from '@holdfast/host'
import { findRclone } from '@holdfast/rclone'
import { listPrograms, putProgram, type StoredProgram, takeProgram } from '@holdfast/vault'
import { absolutePath } from '../argument-bytes.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { localTime } from '../local-time.ts'
import { type EmbeddedVault, openEmbeddedVault, type VaultOptions } from '../open-embedded-vault.ts'
import { refuseInsideVault } from '../own-folders.ts'
import type { Call } from '../program.ts'
import { tableOf } from '../table.ts'

type ProgramOptions = VaultOptions & { to?: string; set?: string; store?: boolean }

/** `holdfast vault program VAULT`: lists the packed programs, takes one out with --to, stores this one with --store. */
export async function vaultProgram(call: Call, dest: string, options: ProgramOptions): Promise<ExitCode> {
  const { settings, output } = call
  if (options.to !== undefined && options.store === true)
    throw new HoldfastError('USAGE', '--to and --store do not go together.')
  const to = options.to === undefined ? undefined : absolutePath(options.to, settings.cwd).toString()
  await using opened = await openEmbeddedVault(dest, options, { settings, output })
  if (options.store === true) return await store(call, opened)
  const { programs } = await listPrograms(opened.vault, opened.env)
  if (to !== undefined) return await take(call, opened, { to, chosen: chosenOf(programs, options.set) })
  const answer = programs.map(({ manifest: _, key: __, ...program }) => program)
  const rows = programs.map((one) => [
    ...[one.set, localTime(one.time), one.version, `${one.platform} ${one.arch}`, formatBytes(one.bytes)],
    one.damaged.length === 0 ? 'whole' : `${one.damaged.length} parts are missing or damaged`,
  ])
  output.answer(
    answer,
    rows.length === 0
      ? ['There is no program in this vault yet.']
      : tableOf(['set', 'stored', 'version', 'runs on', 'size', ''], rows),
  )
  return EXIT.ok
}

/** The named one, or the newest that runs on a machine like this one. */
function chosenOf(programs: readonly StoredProgram[], set: string | undefined): StoredProgram {
  const chosen =
    set === undefined
      ? programs.find(
          ({ platform, arch, damaged }) =>
            platform === process.platform && arch === process.arch && damaged.length === 0,
        )
      : programs.find((one) => one.set === set)
  if (chosen !== undefined) return chosen
  const which = set === undefined ? `for ${process.platform} ${process.arch}` : `called ${set}`
  throw new HoldfastError('NOTHING_SELECTED', `The vault holds no whole program ${which}.`, {
    next: 'List what is there with `holdfast vault program VAULT`.',
  })
}

async function take(
  { output }: Call,
  { vault, env, at }: EmbeddedVault,
  { to, chosen }: { to: string; chosen: StoredProgram },
): Promise<ExitCode> {
  refuseInsideVault(Buffer.from(to), at.place)
  await requireFree(to)
  // Beside it, and put in place when all of it is there and right.
  const draft = await mkdtemp(join(dirname(to), '.holdfast-program-'))
  try {
    const target = createTargetTree(draft)
    const { files, bytes } = await takeProgram(vault, chosen, { ...env, target })
    await rename(draft, to)
    const { set, version } = chosen
    output.answer({ set, version, to, files, bytes, run: join(to, 'holdfast') }, [
      `Took out Holdfast ${version} with Node ${chosen.node} and rclone ${chosen.rclone}: ${files} files, ${formatBytes(bytes)}.`,
      `Next: ${join(to, 'holdfast')} --help, or ${join(to, 'holdfast')} agent to start the agent.`,
      ...(vault.encrypted
        ? []
        : ['The vault is plain: whoever can write to it can have put another program there.']),
    ])
    return EXIT.ok
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    throw error
  }
}

async function requireFree(to: string): Promise<void> {
  const names = await readdir(to).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw new HoldfastError('TARGET_NOT_WRITABLE', `${to} is no folder that can be used.`, { cause: error })
  })
  if (names.length > 0)
    throw new HoldfastError('TARGET_NOT_WRITABLE', `${to} is not empty.`, { next: 'Give a new folder.' })
}

/** Reads back what is there already, so that what is damaged is stored anew. */
async function store({ settings, output }: Call, { vault, env }: EmbeddedVault): Promise<ExitCode> {
  const root = fileURLToPath(new URL('../../../../', import.meta.url)).replace(/\/$/, '')
  const rclone = await findRclone([settings.path, join(settings.home, 'bin')].join(delimiter))
  const request = {
    program: {
      ...{ version: HOLDFAST_VERSION, platform: process.platform, arch: process.arch },
      ...{ node: process.versions.node, rclone: rclone.version },
    },
    entries: installedProgram(root, rclone.binary),
    distrust: true,
  }
  const { program, stored } = await putProgram(vault, request, { ...env, source: createSourceTree() })
  output.answer(
    { set: program.set, version: program.version, files: program.files, bytes: program.bytes, stored },
    [
      stored.objects === 0
        ? `${program.set} is in the vault already, whole.`
        : `Stored ${program.set}: ${program.files} files, ${formatBytes(program.bytes)}.`,
    ],
  )
  return EXIT.ok
}
