import { HoldfastError, type VaultPlace } from '@holdfast/domain'
import { z } from 'zod'
import type { RcloneClient } from './client.ts'

export type Remote = { readonly name: string; readonly type: string }

/** What leaves a configuration dump; options, which hold the secrets, are dropped while parsing. */
const Types = z.record(z.string(), z.object({ type: z.string().default('') }))
const Sections = z.record(z.string(), z.record(z.string(), z.string()))

/** The remotes in rclone's configuration by name and type, never with their options; in order of their names. */
export async function listRemotes(
  client: RcloneClient,
  options: { signal?: AbortSignal } = {},
): Promise<Remote[]> {
  const sections = await client.call('config/dump', {}, Types, { signal: options.signal, repeatable: true })
  return Object.entries(sections)
    .map(([name, { type }]) => ({ name, type }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * Resolves when a place may be used. REMOTE_UNKNOWN when the configuration has no such remote, REMOTE_REFUSED when it,
 * or one it is built upon, has an option by which rclone would run a program of this machine.
 */
export async function checkPlaceAllowed(
  client: RcloneClient,
  place: VaultPlace,
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  if (place.kind === 'folder') return
  const sections = await sectionsOf(client, place.remote, options)
  for (const [name, section] of Object.entries(sections)) {
    const option = Object.entries(section).find(([key, value]) => runsProgram(section.type ?? '', key, value))
    if (option)
      throw new HoldfastError('REMOTE_REFUSED', `The remote "${name}" runs a program (${option[0]}).`)
    if (remotesBelow(section).some((below) => below.startsWith(':')))
      throw new HoldfastError('REMOTE_REFUSED', `The remote "${name}" is built upon a connection string.`)
  }
}

/**
 * The options of a place's remote and of all that it is built upon, by name, as rclone keeps them: passwords obscured,
 * which is no protection. For a recovery kit; nothing else needs them. None for a folder. REMOTE_UNKNOWN when the
 * configuration lacks one of them.
 */
export async function readRemoteOptions(
  client: RcloneClient,
  place: VaultPlace,
  options: { signal?: AbortSignal } = {},
): Promise<Record<string, Record<string, string>>> {
  return place.kind === 'folder' ? {} : await sectionsOf(client, place.remote, options)
}

/**
 * The options of every remote of the configuration by name, as rclone keeps them: passwords obscured, which is no
 * protection. Only to be sealed into a vault.
 */
export async function readEveryRemote(
  client: RcloneClient,
  options: { signal?: AbortSignal } = {},
): Promise<Record<string, Record<string, string>>> {
  return await client.call('config/dump', {}, Sections, { signal: options.signal, repeatable: true })
}

/** A remote's section of the configuration and those of the remotes below it, itself first. REMOTE_UNKNOWN. */
async function sectionsOf(
  client: RcloneClient,
  remote: string,
  options: { signal?: AbortSignal },
): Promise<Record<string, Record<string, string>>> {
  const dump = await client.call('config/dump', {}, Sections, { signal: options.signal, repeatable: true })
  const sections = new Map(Object.entries(dump))
  const seen = new Map<string, Record<string, string>>()
  const visit = (name: string) => {
    if (seen.has(name)) return
    const section = sections.get(name)
    if (section === undefined)
      throw new HoldfastError('REMOTE_UNKNOWN', `rclone's configuration has no remote "${name}".`)
    seen.set(name, section)
    for (const below of remotesBelow(section)) if (!below.startsWith(':')) visit(below)
  }
  visit(remote)
  return Object.fromEntries(seen)
}

/**
 * Stores a crypt remote (see cryptOptions) in the daemon's own configuration, in place of one of the same name. INPUT_INVALID for a
 * folder whose name the configuration can't hold; then nothing is stored.
 */
export async function createCryptRemote(
  client: RcloneClient,
  name: string,
  options: Record<string, string>,
): Promise<void> {
  const { type = 'crypt', ...parameters } = options
  await client.call(
    'config/create',
    { name, type, parameters, opt: { nonInteractive: true, noObscure: true } },
    z.object({}),
    { attempt: { doing: `add the remote ${name}` } },
  )
  const stored = await client.call('config/get', { name }, z.record(z.string(), z.string()))
  // rclone's file format has values that don't come back as they were, such as `%(x)s`.
  const lost = Object.entries(options).find(([key, value]) => stored[key] !== value)
  if (lost === undefined) return
  await client.call('config/delete', { name }, z.object({}))
  throw new HoldfastError(
    'INPUT_INVALID',
    `rclone's configuration can't hold the option "${lost[0]}" of "${name}".`,
    {
      next: 'Choose a folder with a simpler name.',
    },
  )
}

/** What the crypt remote of this name in the daemon's own configuration lies over; undefined where there is none. */
export async function cryptRemoteBase(client: RcloneClient, name: string): Promise<string | undefined> {
  const stored = await client.call('config/get', { name }, z.record(z.string(), z.string()))
  return stored.remote
}

/** Options that start a program here. On SFTP some commands run on the other side, and rclone itself notes them. */
export function runsProgram(type: string, key: string, value: string): boolean {
  if (value === '') return false
  if (key === 'ssh') return true
  if (/(^|\.)metadata_mapper$|(^|\.)password_command$/.test(key)) return true
  if (!key.endsWith('_command')) return false
  return !(type === 'sftp' && /^(server|[a-z0-9]+sum)_command$/.test(key))
}

/** Names of remotes that a wrapping remote (crypt, alias, union, …) refers to; `:` for a connection string. */
export function remotesBelow(section: Record<string, string>): string[] {
  const values = [section.remote ?? '']
  const upstreams = section.upstreams ?? ''
  if (upstreams !== '') values.push(...upstreams.split(/\s+/).map((part) => part.replace(/^"?[^=:/]*=/, '')))
  return values.flatMap((value) => {
    const text = value.replaceAll('"', '')
    const colon = text.indexOf(':')
    const slash = text.indexOf('/')
    if (colon === -1 || (slash !== -1 && slash < colon)) return []
    const name = text.slice(0, colon)
    return name === '' || /[,=]/.test(name) ? [':'] : [name]
  })
}
