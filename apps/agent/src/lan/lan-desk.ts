import { X509Certificate } from 'node:crypto'
import { createSecureServer, type Http2SecureServer } from 'node:http2'
import { networkInterfaces } from 'node:os'
import type { Actor, LanPort, LanStatus, QrPicture } from '@holdfast/api'
import { DAY_MS, HoldfastError } from '@holdfast/domain'
import type { History } from '@holdfast/history'
import { getRequestListener } from '@hono/node-server'
import { z } from 'zod'
import { actOf, auditActor } from '../audit.ts'
import type { LanSettings } from '../config.ts'
import { qrPicture } from '../qr-picture.ts'
import { listenAt } from '../serve/listen-at.ts'
import { type CertificateSource, type LanCertificate, RENEW_AT_DAYS } from './lan-certificate.ts'
import { type LanNames, lanAddress, lanNames } from './lan-names.ts'
import { serveOnboarding } from './onboarding-server.ts'

const KEY = 'lan'
const Stored = z.object({ on: z.boolean() })
const LOOK_EVERY_MS = 30_000
const ON_THIS_MACHINE = /^(127\.|::1$|::ffff:127\.)/

type Fetch = Parameters<typeof getRequestListener>[0]
type Open = AsyncDisposable & {
  readonly server: Http2SecureServer
  readonly port: number
  readonly onboardingPort: number | undefined
  certificate: LanCertificate
}

/** The agent on the local network: off until it is set on. Disposing ends its servers. */
export type LanDesk = AsyncDisposable & {
  readonly port: LanPort
  /** Origins that the network reaches us under: exactly the certificate's names; none while off. */
  origins(): readonly string[]
  /** Serves this from now on whenever the network is on, beginning now. Never rejects: trouble goes to the log. */
  serve(fetch: Fetch): Promise<void>
  /** Looks at names and certificate again and swaps it live when it is another. */
  look(): Promise<void>
}

export function createLanDesk(parts: {
  readonly history: Pick<History, 'settings' | 'audit'>
  readonly settings: LanSettings
  readonly source: CertificateSource
  readonly headerLimitBytes: number
  /** Tells the network that this is here, until it is disposed; `names` are those of the certificate at any time. */
  readonly announce?: ((serving: { port: number; names: () => LanNames }) => AsyncDisposable) | undefined
  readonly now: () => Date
  readonly onError: (error: unknown) => void
}): LanDesk {
  const { history, settings, now } = parts
  let fetch: Fetch | undefined
  let open: Open | undefined
  let last: Promise<unknown> = Promise.resolve()
  /** Opening, closing and swapping never overlap. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work)
    // Who asked hears of the failure; the next does not wait for another's.
    last = done.catch(() => undefined)
    return done
  }
  const wanted = async () => settings.on || ((await history.settings.get(KEY, Stored))?.on ?? false)
  const namesNow = () => lanNames(settings.hostName, networkInterfaces())
  const origin = ({ certificate, port }: Open) =>
    `https://${certificate.names.names[0] ?? 'localhost'}:${port}`

  async function start(): Promise<void> {
    if (open !== undefined || fetch === undefined) return
    const { bind } = settings
    await using stack = new AsyncDisposableStack()
    const certificate = await parts.source.current(namesNow())
    const answer = getRequestListener(fetch, { overrideGlobalObjects: false })
    const server = createSecureServer(
      {
        ...{ ...shown(certificate), minVersion: 'TLSv1.2' },
        // Over HTTP/1.1 six tabs with a live stream would block each other.
        ...{ allowHTTP1: true, maxHeaderSize: parts.headerLimitBytes },
        settings: { maxConcurrentStreams: 100, maxHeaderListSize: parts.headerLimitBytes },
      },
      (request, response) => void answer(request, response).catch(parts.onError),
    )
    const { port } = stack.use(await listenAt(server, bind, settings.port))
    const onboarding =
      certificate.authority === undefined
        ? undefined
        : stack.use(await serveOnboarding({ bind, port: settings.onboardingPort, told }))
    const names = () => (open?.certificate ?? certificate).names
    const announced = parts.announce?.({ port, names })
    if (announced !== undefined) stack.use(announced)
    const timer = setInterval(() => void look().catch(parts.onError), LOOK_EVERY_MS)
    timer.unref()
    stack.defer(() => clearInterval(timer))
    const owned = stack.move()
    open = {
      ...{ server, port, certificate, onboardingPort: onboarding?.port },
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    }
  }

  async function stop(): Promise<void> {
    const ended = open
    open = undefined
    await ended?.[Symbol.asyncDispose]()
  }

  function look(): Promise<void> {
    return inTurn(async () => {
      if (open === undefined) return
      const certificate = await parts.source.current(namesNow())
      if (certificate.leaf.certificate !== open.certificate.leaf.certificate)
        open.server.setSecureContext(shown(certificate))
      open.certificate = certificate
    })
  }

  function told() {
    const authority = open?.certificate.authority
    if (open === undefined || authority === undefined) return undefined
    return { origin: origin(open), host: open.certificate.names.names[0] ?? 'localhost', authority }
  }

  async function status(): Promise<LanStatus> {
    const on = await wanted()
    if (open === undefined) return { on, forced: settings.on, serving: null }
    const { certificate, onboardingPort } = open
    const host = lanAddress(certificate.names) ?? certificate.names.names[0]
    const { authority } = certificate
    const until = new X509Certificate(certificate.leaf.certificate).validToDate
    return {
      ...{ on, forced: settings.on },
      serving: {
        origin: origin(open),
        onboarding: onboardingPort === undefined ? null : `http://${host}:${onboardingPort}`,
        fingerprint: authority === undefined ? null : new X509Certificate(authority).fingerprint256,
        authority: authority ?? null,
        until,
        renewedAt: authority === undefined ? null : new Date(until.getTime() - RENEW_AT_DAYS * DAY_MS),
      },
    }
  }

  async function qr(): Promise<QrPicture | null> {
    const { serving } = await status()
    return serving === null ? null : qrPicture(serving.onboarding ?? serving.origin)
  }

  async function set(on: boolean, actor: Actor): Promise<LanStatus> {
    if (!ON_THIS_MACHINE.test(actor.address))
      throw new HoldfastError('NOT_ALLOWED', 'The local network is turned on and off on the machine itself.')
    if (settings.on && !on)
      throw new HoldfastError('INPUT_INVALID', 'HOLDFAST_LAN keeps it on: start Holdfast without it.')
    await inTurn(async () => {
      const before = { on: await wanted() }
      // What can't be opened is not kept: the next start would fail in the same way.
      await (on ? start() : stop())
      await history.settings.set(KEY, { on }, now())
      const what = { at: now(), act: 'lan.set', subject: 'lan', before, after: { on } }
      await history.audit.append(actOf(auditActor(actor), what))
    })
    return await status()
  }

  return {
    port: { get: status, qr, set },
    origins() {
      if (open === undefined) return []
      const { port, certificate } = open
      const { names: dns, addresses } = certificate.names
      const hosts = [...dns, ...addresses.map((one) => (one.includes(':') ? `[${one}]` : one))]
      return hosts.map((host) => new URL(`https://${host}:${port}`).origin)
    },
    async serve(handler) {
      fetch = handler
      await inTurn(async () => {
        if (await wanted()) await start()
      }).catch(parts.onError)
    },
    look,
    [Symbol.asyncDispose]: () => inTurn(stop),
  }
}

/** With the authority behind it: a command line that is paired compares and pins that one. */
function shown({ leaf, authority }: LanCertificate): { cert: string; key: string } {
  return { cert: `${leaf.certificate.trimEnd()}\n${authority ?? ''}`, key: leaf.key }
}
