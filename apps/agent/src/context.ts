import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { ApiPorts, LiveEvent } from '@holdfast/api'
import type { DeviceId } from '@holdfast/domain'
import { type History, openHistory } from '@holdfast/history'
import { connectionCost, type Home, openHome, powerSource, systemClock, systemRandom } from '@holdfast/host'
import { readRemoteOptions } from '@holdfast/rclone'
import type { Clock, Random } from '@holdfast/vault/ports'
import { actOf, auditActor } from './audit.ts'
import { type BandwidthDesk, createBandwidthDesk } from './bandwidth/bandwidth-desk.ts'
import { type AgentConfig, lanSettings } from './config.ts'
import { createCopyDesk } from './copies/copy-desk.ts'
import { createDownloadDesk, type DownloadDesk } from './downloads/download-desk.ts'
import { createDrillDesk, type DrillDesk } from './drill-desk.ts'
import { createNameKeeper } from './find/name-keeper.ts'
import { createHookPasswords } from './hooks/hook-passwords.ts'
import { openPlanHooks, type PlanHooks } from './hooks/plan-hooks.ts'
import { createKitWatch } from './kit/kit-watch.ts'
import { type Know, openKnow } from './know/open-know.ts'
import { certificateFiles, ownAuthority } from './lan/lan-certificate.ts'
import { createLanDesk, type LanDesk } from './lan/lan-desk.ts'
import { openMachineDesk } from './machines/machine-desk.ts'
import { createNeighbours } from './machines/neighbours.ts'
import { createMetricsDesk, type MetricsDesk } from './metrics/metrics-desk.ts'
import { createAuditPort } from './ports/audit-port.ts'
import { createDevicesPort } from './ports/devices-port.ts'
import { createFindPort } from './ports/find-port.ts'
import { createHomePort } from './ports/home-port.ts'
import { createHooksPort } from './ports/hooks-port.ts'
import { createKitPort } from './ports/kit-port.ts'
import { createPlansPort } from './ports/plans-port.ts'
import { createRemotesPort, remoteAct } from './ports/remotes-port.ts'
import { createReportsPort } from './ports/reports-port.ts'
import { createRestoresPort } from './ports/restores-port.ts'
import { createSetupPort } from './ports/setup-port.ts'
import { createSnapshotsPort } from './ports/snapshots-port.ts'
import { createSourcesPort } from './ports/sources-port.ts'
import { createProgramDesk } from './program/program-desk.ts'
import { createRecoverDesk } from './recover/recover-desk.ts'
import { createStandings } from './recover/standings.ts'
import { createRemoteDesk } from './remotes/remote-desk.ts'
import { watchSignIns } from './remotes/sign-in-watch.ts'
import { createRestoreDesk } from './restore-desk.ts'
import { createBootstrapLists } from './run/bootstrap-lists.ts'
import { createRunDesk, type RunDesk } from './run/run-desk.ts'
import { runTransfers } from './run/run-transfers.ts'
import { createPlanBells, type PlanBells } from './schedule/plan-bells.ts'
import { createSchedules, type Schedules } from './schedule/schedules.ts'
import { openSecrets } from './secrets.ts'
import { HEADER_LIMIT_BYTES } from './serve/http-server.ts'
import { createLiveEvents, type LiveEvents } from './serve/live-events.ts'
import { createPairingCode, type PairingCode } from './serve/pairing-code.ts'
import { createStepUp } from './serve/step-up.ts'
import { createServiceDesk } from './service/service-desk.ts'
import { createSettingsKeeper } from './settings/keep-settings.ts'
import { openAgentRclone } from './vaults/agent-rclone.ts'
import { chosenRemotes } from './vaults/chosen-remotes.ts'
import { createLastingClient } from './vaults/lasting-client.ts'
import { watchRooms } from './vaults/room-watch.ts'
import { usedRemotes } from './vaults/used-remotes.ts'
import { createVaults, type Vaults } from './vaults/vaults.ts'

/** What may be replaced, by tests or by a program that holds the agent as a library. */
export type Overrides = {
  readonly clock?: Clock
  readonly random?: Random
  /** Hears what goes wrong beside the answers: one line for people, the error for logs. */
  readonly onLog?: (line: AgentLogLine) => void
}
export type AgentLogLine = {
  readonly level: 'info' | 'warn' | 'error'
  readonly text: string
  readonly error?: unknown
}

/** Every part of the agent, made once. Disposing ends them in the reverse order. */
export type AgentContext = AsyncDisposable & {
  readonly config: AgentConfig
  readonly home: Home
  readonly history: History
  readonly vaults: Vaults
  readonly desk: RunDesk
  readonly schedules: Schedules
  readonly live: LiveEvents
  readonly code: PairingCode
  readonly ports: ApiPorts
  readonly downloads: DownloadDesk
  readonly random: Random
  readonly now: () => Date
  readonly log: (line: AgentLogLine) => void
  readonly know: Know
  readonly metrics: MetricsDesk['read']
  readonly lan: LanDesk
  readonly hooks: PlanHooks
  /** Where the server turned out to listen. */
  servesAt(address: string): void
  revokedSignal(id: DeviceId): AbortSignal
  /** Whether the person at the device confirmed lately that it is them. */
  isConfirmed(id: DeviceId): boolean
}

/** Builds the parts and joins them: the only place that does. The home must be locked by the caller. */
export async function createContext(config: AgentConfig, overrides: Overrides = {}): Promise<AgentContext> {
  const { clock = systemClock, random = systemRandom, onLog: log = () => undefined } = overrides
  await using stack = new AsyncDisposableStack()
  const now = () => new Date(clock.nowMs())
  const onError = (error: unknown) =>
    log({ level: 'error', text: 'Something went wrong in the background.', error })

  const home = openHome(config.home)
  const secrets = await openSecrets(config.home, random, config.configKey)
  const history = stack.use(await openHistory({ file: join(config.home, 'holdfast.db'), clock }))
  const live = createLiveEvents({
    bootId: randomUUID(),
    hello: () => ({ type: 'hello', agentVersion: config.version, now: now() }),
  })
  // Who makes people know needs most of what is made below, and hears of everything from the start.
  let know: Know | undefined
  const publish = (event: LiveEvent) => {
    live.publish(event)
    know?.observe(event)
  }

  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  let bandwidth: BandwidthDesk | undefined
  const borrowed = config.rclone !== undefined
  let rcloneVersion: string | undefined
  const opened = await openAgentRclone({ config, home, secrets, random }, (event) => {
    rcloneVersion = event.type === 'started' ? event.version : undefined
    if (event.type === 'started') void bandwidth?.apply().catch(onError)
    if (event.type === 'died') {
      const next = borrowed ? 'Holdfast waits for it' : 'it is started again'
      log({ level: 'warn', text: `rclone is gone (${event.reason}); ${next}.` })
    }
    if (event.type === 'start-failed') log({ level: 'error', text: event.error.message, error: event.error })
  })
  const { binary } = opened
  const rclone = stack.use(opened.rclone)
  const client = createLastingClient(rclone)
  bandwidth = stack.use(
    createBandwidthDesk({
      ...{ history, rclone, now, onError, publish: () => publish({ type: 'plans' }) },
      ...{ timeZone, borrowed },
    }),
  )
  void bandwidth.apply().catch(onError)
  // A borrowed rclone has the remotes that it has.
  const userRcloneConfig = borrowed ? [] : config.userRcloneConfig
  const vaults = createVaults({
    ...{ home, rclone, client, secrets, history, clock, random, userRcloneConfig, borrowed },
    codeCache: config.codeCache ?? join(config.home, 'cache', 'code'),
  })

  const standings = createStandings({ history, now })
  const kits = createKitWatch({
    ...{ history, vaults, now },
    remotes: (place, signal) => readRemoteOptions(client, place, { signal }),
  })

  // The bells ring the desk, and the desk rings the bells: the one knot, tied here.
  let bells: PlanBells | undefined
  const theBells = () => {
    if (bells === undefined) throw new Error('the bells are not hung yet')
    return bells
  }
  const schedules: Schedules = createSchedules({
    ...{ history, now, publish, onError, bells: theBells, isBusy: (id) => desk.isBusy(id) },
    around: {
      onBattery: () => powerSource() === 'battery',
      onMetered: async () => (await connectionCost(config.path)) === 'metered',
    },
    stopped: async ({ vault }) => (await standings.of(vault.id)) !== undefined,
    moment: () => ({ wallMs: clock.nowMs(), steadyMs: performance.now() }),
  })
  const environment = { ...config.userVariables, ...{ PATH: config.path, HOME: config.userHome } }
  const lists = createBootstrapLists(config.home, environment)
  const passwords = createHookPasswords(secrets)
  const hooks = await openPlanHooks({ homeDir: config.home, passwords, environment })
  const settings = createSettingsKeeper({
    ...{ history, vaults, now, machine: home },
    remotes: (signal) => (borrowed ? usedRemotes(client, history, signal) : chosenRemotes(client, signal)),
  })
  const signIns = stack.use(watchSignIns({ client, onError, onChange: () => publish({ type: 'plans' }) }))
  const rooms = stack.use(watchRooms({ history, client, now, onError }))
  const copies = createCopyDesk({ history, vaults, home, publish, now, path: config.path, onError })
  const programs = createProgramDesk({
    ...{ history, vaults, now, path: config.path, onError },
    program:
      config.programRoot === undefined || binary === undefined
        ? undefined
        : {
            ...{ root: config.programRoot, version: config.version },
            rclone: { binary, version: () => rcloneVersion },
          },
  })
  const names = stack.use(createNameKeeper({ vaults, onError }))
  let drills: DrillDesk | undefined
  const desk: RunDesk = createRunDesk({
    ...{ history, vaults, publish, now, onError, bells: theBells, home },
    ...{
      lists,
      hooks,
      settings,
      standings,
      kits,
      homeDir: config.home,
      proofRoot: join(config.home, 'proof'),
    },
    dueRun: (id) => schedules.dueRun(id),
    afterRun: (id, run) => {
      void history.plans.get(id).then(({ vault }) => names.refresh(vault), onError)
      if (run !== undefined)
        void history.plans
          .get(id)
          .then(({ vault }) => rooms.look(vault))
          .catch(onError)
      void schedules.afterRun(id, run).catch(onError)
      void bandwidth?.apply().catch(onError)
      if (run !== undefined) void drills?.afterRun(id).catch(onError)
      if (run !== undefined) void copies.afterRun(id, run.id).catch(onError)
      if (run !== undefined) void programs.afterRun(id, run).catch(onError)
      if (run?.state === 'finished' && run.reason?.code === 'REMOTE_DENIED')
        void signIns.look().catch(onError)
    },
  })
  bells = stack.use(
    createPlanBells({
      ...{ path: config.path, onError },
      onRing: (id, job) => desk.answer(id, job),
      onLost: (id) => desk.lost(id),
    }),
  )
  stack.use(copies)
  stack.use(programs)
  stack.use(desk)
  stack.use(schedules)
  const owners = process.getuid?.() === 0
  const restores = stack.use(
    createRestoreDesk({ history, vaults, runs: desk, publish, now, onError, path: config.path, owners }),
  )
  drills = stack.use(
    createDrillDesk({
      ...{ history, vaults, publish, now, onError, path: config.path },
      scratchRoot: join(config.home, 'drill'),
    }),
  )
  const recover = stack.use(
    createRecoverDesk({
      ...{ history, home, vaults, client, restores, schedules, standings, kits, publish, now, onError },
    }),
  )
  const downloads = createDownloadDesk({ vaults, random, now })

  const remoteDesk = stack.use(
    createRemoteDesk({
      ...{ client, binary, random, now, onError },
      onSaved: async (order) => {
        const what = { at: now(), subject: order.request.name, ...remoteAct(order) }
        await history.audit.append(actOf(auditActor(order.actor), what))
        void signIns.look().catch(onError)
      },
    }),
  )

  const code = createPairingCode({ clock, random })
  const stepUp = createStepUp({ secrets, clock, random })
  const revoked = new Map<DeviceId, AbortController>()
  const service = createServiceDesk({
    ...{ settings: config.service, history, now, publish: () => publish({ type: 'plans' }) },
  })
  const homePort = createHomePort({
    startsWithMachine: service.startsWithMachine,
    ...{ history, desk, copies, kits, standings, now, version: config.version },
    machine: () => home.machine,
    rcloneVersion: () => rcloneVersion,
    ...{ signIns, schedules, rooms },
  })
  let address = `http://localhost:${config.port}`
  const lanOf = config.lan ?? lanSettings()
  const neighbours = createNeighbours({
    ...{ settings: config.dnsSd, bind: lanOf.bind, home, origins: () => lan.origins() },
    onTrouble: (error) =>
      log({ level: 'warn', text: 'Machines on this network can’t find each other by themselves.', error }),
  })
  const lan: LanDesk = createLanDesk({
    ...{ history, settings: lanOf, now, headerLimitBytes: HEADER_LIMIT_BYTES },
    source:
      lanOf.files === undefined
        ? ownAuthority({ secrets, machine: home.machine, random, now })
        : certificateFiles(lanOf.files),
    onError: (error) => log({ level: 'error', text: 'The local network can’t be served.', error }),
    announce: neighbours.announce,
  })
  const machines = stack.use(
    await openMachineDesk({
      ...{ history, secrets, now, onError, machine: () => home.machine },
      nearby: neighbours.nearby,
      onHeard: () => {
        publish({ type: 'machines' })
        void know?.look().catch(onError)
      },
    }),
  )
  const origin = () => config.origins[0] ?? lan.origins()[0] ?? address
  know = stack.use(
    await openKnow({
      ...{ history, secrets, now, publish, onError, home: homePort, machine: () => home.machine },
      ...{ origin, timeZone, outbound: config.outbound, machines },
    }),
  )
  const metrics = createMetricsDesk({
    ...{ history, random, now, home: homePort },
    rcloneVersion: () => rcloneVersion,
  })
  const ports: ApiPorts = {
    lan: lan.port,
    machines: machines.port,
    service: service.port,
    audit: createAuditPort({
      ...{ history, vaults, downloads, now, channels: know.channels, machine: home },
      machines: machines.port,
    }),
    metrics: metrics.port,
    know: know.port,
    reports: createReportsPort({ history, now, downloads, home: homePort }),
    bandwidth: bandwidth.port,
    recover,
    kit: createKitPort({
      ...{ history, vaults, client, programs, watch: kits, now, publish: () => publish({ type: 'plans' }) },
      ...{ downloads, machine: () => home.machine },
    }),
    home: homePort,
    plans: createPlansPort({
      history,
      vaults,
      schedules,
      copies,
      isBusy: (id) => desk.isBusy(id),
      hooks: { ...{ passwords, homeDir: config.home }, forget: (id) => hooks.forget(id) },
      installation: home.installation,
      now,
      publishPlans: () => publish({ type: 'plans' }),
    }),
    hooks: createHooksPort({ history, passwords, homeDir: config.home, now }),
    runs: {
      start: (id, actor) => {
        const audit = actOf(auditActor(actor), { at: now(), act: 'run.start', subject: id })
        return desk.start(id, audit.actor.kind === 'cli' ? 'cli' : 'device', audit)
      },
      async cancel(id, actor) {
        const run = await desk.cancel(id, actor.name)
        await history.audit.append(actOf(auditActor(actor), { at: now(), act: 'run.cancel', subject: id }))
        return run
      },
      get: async (id) => desk.withProgress(await history.runs.get(id)),
      list: async (query) => (await history.runs.list(query)).map(desk.withProgress),
      async log(id, limit) {
        await history.runs.get(id)
        return history.log.tail(id, limit)
      },
      transfers: (id, signal) => runTransfers(client, id, signal),
    },
    snapshots: createSnapshotsPort({ history, vaults }),
    find: createFindPort({
      ...{ history, vaults, names },
      // A recovery makes this home another machine.
      get writer() {
        return home.writer
      },
    }),
    drills,
    restores: createRestoresPort({
      ...{ history, vaults, desk: restores, downloads, now, homeDir: config.home, owners },
    }),
    remotes: createRemotesPort({
      ...{ client, desk: remoteDesk, vaults, history, clock, random, userRcloneConfig },
    }),
    setup: createSetupPort({ vaults, client, userHome: config.userHome, userRcloneConfig }),
    sources: createSourcesPort({
      places: {
        ...{ platform: process.platform, home: config.userHome, holdfastHome: config.home },
        ...{ variables: config.userVariables, isRoot: process.getuid?.() === 0 },
      },
      ...{ lists, onError },
    }),
    devices: createDevicesPort({
      ...{ devices: history.devices, audit: history.audit, code, clock, random, now, origin, stepUp },
      onRevoked: (id) => {
        revoked.get(id)?.abort()
        void know?.channels
          .removeWhere(({ target }) => target.kind === 'push' && target.deviceId === id)
          .catch(onError)
      },
      onPinLocked: async (device) => await know?.tellOfLockedPin(device),
    }),
    events: (last, signal) => live.subscribe(last, { signal }),
  }

  const owned = stack.move()
  return {
    ...{ config, home, history, vaults, desk, schedules, live, code, ports, downloads, random, now, log },
    ...{ know, metrics: metrics.read, lan, hooks },
    servesAt(where) {
      address = where
    },
    isConfirmed: stepUp.isConfirmed,
    revokedSignal(id) {
      const known = revoked.get(id) ?? new AbortController()
      revoked.set(id, known)
      return known.signal
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
