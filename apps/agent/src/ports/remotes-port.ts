import type { Actor, RemoteInfo, RemotesPort } from '@holdfast/api'
import {
  formatPlace,
  HoldfastError,
  MINUTE_MS,
  type Provider,
  type ProviderSummary,
  remoteForm,
  remoteNameProblem,
  remoteValues,
} from '@holdfast/domain'
import type { History } from '@holdfast/history'
import {
  type CatalogueEntry,
  discardRemote,
  findProvider,
  isOwnRemote,
  listProviders,
  placeFs,
  type RcloneClient,
  sectionOf,
} from '@holdfast/rclone'
import { probeStore } from '@holdfast/vault'
import type { Clock, Random } from '@holdfast/vault/ports'
import { z } from 'zod'
import { actOf, auditActor } from '../audit.ts'
import { endOfSignIn } from '../remotes/end-of-sign-in.ts'
import type { Order, RemoteDesk } from '../remotes/remote-desk.ts'
import { readKnownRemotes, usesOf } from '../remotes/remote-uses.ts'
import { listUserRemotes } from '../vaults/import-remote.ts'
import type { Vaults } from '../vaults/vaults.ts'

const TEST_AT_MOST_MS = 3 * MINUTE_MS
const FOLDERS_AT_MOST = 500

/** Remotes as the screens and the command line see them: the conversations are the desk's. */
export function createRemotesPort(parts: {
  client: RcloneClient
  desk: RemoteDesk
  vaults: Vaults
  history: History
  clock: Clock
  random: Random
  userRcloneConfig: readonly string[]
}): RemotesPort {
  const { client, desk, vaults, history, clock } = parts
  const note = (
    actor: Actor,
    act: string,
    subject: string,
    what: { before?: unknown; after?: unknown } = {},
  ) => history.audit.append(actOf(auditActor(actor), { at: new Date(clock.nowMs()), act, subject, ...what }))

  async function list(): Promise<RemoteInfo[]> {
    const [remotes, plans, theirs, providers] = await Promise.all([
      readKnownRemotes(client),
      history.plans.list(),
      listUserRemotes(parts.userRcloneConfig),
      listProviders(client),
    ])
    const kindOf = (type: string) => providers.find(({ id }) => id === type)?.name ?? type
    const own = remotes
      .filter(({ name }) => !isOwnRemote(name))
      .map(({ name, type, token }) => ({
        ...{ name, type, kind: kindOf(type), own: true },
        usedBy: usesOf(name, remotes, plans),
        signInEndsAt: endOfSignIn(token),
      }))
    const others = theirs
      .filter(({ name }) => !own.some((remote) => remote.name === name))
      .map(({ name, type }) => ({
        ...{ name, type, kind: kindOf(type), own: false, usedBy: [], signInEndsAt: null },
      }))
    return [...own, ...others]
  }

  /** What is wrong with a request, by field; empty when it can be drafted. */
  async function problemsOf(
    { request, provider }: Pick<Order, 'request' | 'provider'>,
    kept: ReadonlySet<string>,
  ): Promise<Record<string, string>> {
    const remotes = await list()
    const names = remotes.map(({ name }) => name)
    const nameProblem = request.change === undefined ? remoteNameProblem(request.name, names) : undefined
    const { problems } = remoteForm(provider, request.values, kept)
    const base = provider.wraps ? (request.values.remote ?? '').split(':')[0] : undefined
    const baseProblem =
      base !== undefined && base !== '' && (!names.includes(base) || base === request.name)
        ? { remote: `There is no other remote "${base}".` }
        : {}
    return { ...baseProblem, ...problems, ...(nameProblem === undefined ? {} : { name: nameProblem }) }
  }

  return {
    async providers(search) {
      const words = search
        .toLowerCase()
        .split(/\s+/)
        .filter((word) => word !== '')
      const all = await listProviders(client)
      return all.filter((provider) => fits(provider, words)).map(summaryOf)
    },
    provider: async (id) => providerOf(await findProvider(client, id)),
    list,
    async details(name) {
      const { type = '', ...section } = await ownSection(client, name)
      const provider = await findProvider(client, type)
      const secrets = new Set(
        provider.options.filter(({ isSecret }) => isSecret).map((option) => option.name),
      )
      const known = new Set(provider.options.map((option) => option.name))
      const entries = Object.entries(section).filter(([key, value]) => known.has(key) && value !== '')
      return {
        ...{ name, provider: providerOf(provider) },
        values: Object.fromEntries(entries.filter(([key]) => !secrets.has(key))),
        kept: entries.map(([key]) => key).filter((key) => secrets.has(key)),
      }
    },
    async start(request, actor) {
      const provider = await findProvider(client, request.type)
      const { change } = request
      const before: Record<string, string> =
        change === undefined ? {} : await ownSection(client, request.name)
      if (change !== undefined && before.type !== request.type)
        throw new HoldfastError('INPUT_INVALID', 'The kind of a remote stays what it is.')
      const { type: _type, ...options } = before
      const stays = Object.entries(options).filter(([key]) => !change?.cleared.includes(key))
      const kept = new Set(stays.map(([key]) => key))
      const problems = await problemsOf({ request, provider }, kept)
      if (Object.keys(problems).length > 0) return { kind: 'problems', fields: problems }
      // A change may name only some; what decides which options there are may be among the others.
      const values = remoteValues(provider, { ...withoutSecrets(provider, stays), ...request.values })
      const given = Object.fromEntries(
        Object.entries(values).filter(([key, value]) => key in request.values && value !== ''),
      )
      return desk.begin({ request: { ...request, values: given }, provider, actor })
    },
    conversation: (id) => desk.get(id),
    answer: (id, text) => desk.answer(id, text),
    save: (id, force) => desk.save(id, force),
    cancel: (id) => desk.cancel(id),
    startSignIn: (id) => desk.startSignIn(id),
    cancelSignIn: (id) => desk.cancelSignIn(id),
    pasteSignIn: (id, text) => desk.paste(id, text),
    async folders(remote, path, actor) {
      const place = { kind: 'remote', remote, path } as const
      await vaults.reach(place, auditActor(actor))
      const fs = placeFs(place)
      const opt = { dirsOnly: true, noModTime: true, noMimeType: true }
      const attempt = { doing: 'look into the folder', fs }
      const answer = await client.call('operations/list', { fs, remote: '', opt }, Listing, { attempt })
      const names = (answer.list ?? []).map(({ Name }) => Name).sort((a, b) => a.localeCompare(b))
      const base = path.replace(/\/+$/, '')
      return {
        path: base,
        parent: base === '' ? null : base.split('/').slice(0, -1).join('/'),
        folders: names
          .slice(0, FOLDERS_AT_MOST)
          .map((name) => ({ name, path: base === '' ? name : `${base}/${name}` })),
        cut: names.length > FOLDERS_AT_MOST,
      }
    },
    async makeFolder(remote, path, actor) {
      const place = { kind: 'remote', remote, path } as const
      const fs = placeFs(place)
      await vaults.reach(place, auditActor(actor))
      await client.call('operations/mkdir', { fs, remote: '' }, z.object({}), {
        attempt: { doing: 'make the folder', fs },
      })
      await note(actor, 'remote.make-folder', formatPlace(place))
    },
    async test(remote, path, actor) {
      const place = { kind: 'remote', remote, path } as const
      const store = await vaults.reach(place, auditActor(actor))
      const signal = AbortSignal.timeout(TEST_AT_MOST_MS)
      const env = { clock, random: parts.random, signal }
      const result = await probeStore(store, env).catch((cause: unknown) => {
        if (!signal.aborted) throw cause
        throw new HoldfastError('REMOTE_UNREACHABLE', `"${remote}" took longer than three minutes.`, {
          cause,
        })
      })
      const about = await client.callRaw('operations/about', { fs: placeFs(place) })
      const space = about.status === 200 ? Space.parse(JSON.parse(about.body)) : undefined
      await note(actor, 'remote.test', formatPlace(place), { after: { ok: result.ok } })
      return { ...result, space: space === undefined || space.free === null ? null : space }
    },
    async remove(name, actor) {
      const { type } = await ownSection(client, name)
      const [remotes, plans] = await Promise.all([readKnownRemotes(client), history.plans.list()])
      const uses = usesOf(name, remotes, plans)
      if (uses.length > 0)
        throw new HoldfastError(
          'REMOTE_IN_USE',
          `"${name}" is used by ${uses.map((use) => `the ${use.kind} "${use.name}"`).join(', ')}.`,
        )
      // Doors of the agent's own to vaults that no plan uses any more; they can be made again from the vault's key.
      const doors = remotes.filter((remote) => isOwnRemote(remote.name) && remote.below.has(name))
      for (const door of doors) await discardRemote(client, door.name)
      await discardRemote(client, name)
      await client.callRaw('fscache/clear', {})
      await note(actor, 'remote.remove', name, { before: { type } })
    },
  }
}

/** What the audit trail is told of a remote that was saved: which options, never what is in them. */
export function remoteAct({ request }: Order): { act: string; after: unknown } {
  const { type, values, change } = request
  const options = Object.keys(values)
  return change === undefined
    ? { act: 'remote.create', after: { type, options } }
    : { act: 'remote.update', after: { type, options, ...change } }
}

const Listing = z.object({ list: z.array(z.object({ Name: z.string() })).nullish() })
const Space = z.object({
  free: z
    .number()
    .nullish()
    .transform((bytes) => bytes ?? null),
  total: z
    .number()
    .nullish()
    .transform((bytes) => bytes ?? null),
})

/** A remote that people may change here. */
async function ownSection(client: RcloneClient, name: string): Promise<Record<string, string>> {
  if (isOwnRemote(name))
    throw new HoldfastError('REMOTE_UNKNOWN', `There is no remote "${name}".`, {
      next: 'Choose another one.',
    })
  return await sectionOf(client, name, {})
}

function withoutSecrets(
  provider: CatalogueEntry,
  entries: readonly (readonly [string, string])[],
): Record<string, string> {
  const shown = new Set(provider.options.filter(({ isSecret }) => !isSecret).map(({ name }) => name))
  return Object.fromEntries(entries.filter(([key]) => shown.has(key)))
}

function fits({ id, name, description }: ProviderSummary, words: readonly string[]): boolean {
  const text = `${id} ${name} ${description}`.toLowerCase()
  return words.every((word) => text.includes(word))
}

function summaryOf({ id, name, description, usual, signIn }: ProviderSummary): ProviderSummary {
  return { id, name, description, usual, signIn }
}

function providerOf(entry: CatalogueEntry): Provider {
  return { ...summaryOf(entry), options: entry.options }
}
