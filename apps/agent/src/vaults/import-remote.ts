import { readFile } from 'node:fs/promises'
import { HoldfastError } from '@holdfast/domain'
import { listRemotes, type RcloneClient } from '@holdfast/rclone'
import { isSealedConfig } from '@holdfast/sealed-config'
import { z } from 'zod'

type Sections = Map<string, Map<string, string>>

/**
 * Makes sure that the agent's own sealed rclone config has a remote, by copying it, and every remote it is built upon,
 * from the user's config. What the agent has already is never replaced. REMOTE_UNKNOWN when neither has it; a clear
 * refusal when the user's config is encrypted. Answers the names that were copied.
 *
 * @NOTE a copied sign-in whose tokens are single-use can end the one in the user's config; there is one rclone per
 * config file, and from here on the agent's copy is the one that is renewed.
 */
export async function importRemote(
  client: RcloneClient,
  name: string,
  userConfigs: readonly string[],
): Promise<string[]> {
  const own = new Set((await listRemotes(client)).map((remote) => remote.name))
  if (own.has(name)) return []
  const copied: string[] = []
  const theirs = await readUserConfig(userConfigs)
  if (theirs === 'sealed')
    throw new HoldfastError(
      'REMOTE_UNKNOWN',
      `Your rclone configuration is encrypted, so "${name}" can't be read from it.`,
      {
        next: 'Take its password away for a moment with `rclone config encryption remove`, or use a folder.',
      },
    )
  for (const wanted of neededFor(name, theirs)) {
    const section = theirs.get(wanted)
    if (own.has(wanted) || section === undefined) continue
    const { type, ...parameters } = Object.fromEntries(section)
    await client.call(
      'config/create',
      { name: wanted, type, parameters, opt: { nonInteractive: true, noObscure: true } },
      z.object({}),
      { attempt: { doing: `copy the remote ${wanted}` } },
    )
    copied.push(wanted)
  }
  if (!theirs.has(name)) throw new HoldfastError('REMOTE_UNKNOWN', `There is no remote "${name}".`)
  return copied
}

/** The remotes of the user's own config, by name and type; none when there is no config or it is encrypted. */
export async function listUserRemotes(
  userConfigs: readonly string[],
): Promise<{ name: string; type: string }[]> {
  const theirs = await readUserConfig(userConfigs)
  if (theirs === 'sealed') return []
  return [...theirs].map(([name, section]) => ({ name, type: section.get('type') ?? '' }))
}

async function readUserConfig(files: readonly string[]): Promise<Sections | 'sealed'> {
  for (const file of files) {
    const bytes = await readIfThere(file)
    if (bytes === undefined) continue
    return isSealedConfig(bytes) ? 'sealed' : parseSections(bytes.toString('utf8'))
  }
  return new Map()
}

/** rclone's config format: `[name]`, then `key = value` lines; `#` and `;` begin a comment line. */
function parseSections(text: string): Sections {
  const sections: Sections = new Map()
  let current: Map<string, string> | undefined
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue
    const header = /^\[(.*)\]$/.exec(line)?.[1]
    const equals = line.indexOf('=')
    if (header !== undefined) {
      current = sections.get(header) ?? new Map()
      sections.set(header, current)
    } else if (equals > 0) current?.set(line.slice(0, equals).trim(), line.slice(equals + 1).trim())
  }
  return sections
}

/** The remote itself last, after those whose names stand in its options. */
function neededFor(name: string, sections: Sections, seen: Set<string> = new Set()): string[] {
  const section = sections.get(name)
  if (seen.has(name) || section === undefined) return []
  seen.add(name)
  const text = [section.get('remote') ?? '', section.get('upstreams') ?? ''].join(' ')
  const below = [...sections.keys()].filter((other) => other !== name && text.includes(`${other}:`))
  return [...below.flatMap((other) => neededFor(other, sections, seen)), name]
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'EACCES'))
      return undefined
    throw cause
  }
}
