import type { AppRouter } from '@holdfast/api'
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server'

type Outputs = inferRouterOutputs<AppRouter>
export type Inputs = inferRouterInputs<AppRouter>

/** What the API answers, as it arrives: dates are ISO strings. */
export type Home = Outputs['home']
export type PlanCard = Home['plans'][number]
export type Plan = PlanCard['plan']
export type CopyStatus = PlanCard['copies'][number]
export type Protection = Home['verdict']
export type Run = Outputs['run']['get']
export type RunningRun = Extract<Run, { state: 'running' }>
export type FinishedRun = Extract<Run, { state: 'finished' }>
export type Progress = RunningRun['progress']
export type LogLine = Outputs['run']['log'][number]
export type Snapshot = Outputs['snapshot']['list'][number]
export type Entry = Outputs['snapshot']['browse']['entries'][number]
export type FoundPath = Outputs['find']['search']['found'][number]
export type PathVersion = Outputs['find']['versions'][number]
export type DiffRow = Outputs['find']['diff']['rows'][number]
export type DeletedFile = Outputs['find']['deleted'][number]
export type Preview = Outputs['find']['preview']
export type Shown = Preview['kept']
export type Restore = Outputs['restore']['get']
export type RewindPreview = Outputs['restore']['previewRewind']
export type Drill = NonNullable<Outputs['drill']['get']>
export type OpenedKit = Extract<Outputs['recover']['open'], { kind: 'open' }>
export type RecoverState = Outputs['recover']['state']
export type RecoverData = Outputs['recover']['data'][number]
export type ServiceStatus = Outputs['service']['status']
export type PlaceFindings = Outputs['setup']['inspectPlace']
export type Suggestions = Outputs['setup']['suggestions']
export type HookCommands = Outputs['hook']['commands']
export type RemoteInfo = Outputs['remote']['list'][number]
export type RemoteDetails = Outputs['remote']['details']
export type RemoteConversation = Outputs['remote']['start']
export type RemoteTest = Outputs['remote']['test']
export type FoundPreset = Outputs['source']['presets'][number]
export type SourceCount = Streamed<Outputs['source']['count']>
export type ExcludePreview = Streamed<Outputs['source']['previewExcludes']>
export type AskedSources = Inputs['source']['count']
export type ChannelInfo = Outputs['know']['channels'][number]
export type DeliveryInfo = Outputs['know']['deliveries'][number]
export type Incident = Outputs['know']['incidents'][number]
export type AuditEntry = Outputs['audit']['list'][number]
export type AuditCheck = Outputs['audit']['verify']
export type RunChanges = Outputs['find']['runChanges']
export type Report = Outputs['report']['get']
export type PairedDevice = Outputs['device']['list'][number]
export type WaitingDevice = Outputs['device']['waiting'][number]
export type WatchedMachine = Outputs['machine']['list'][number]
export type WatchedPlan = WatchedMachine['plans'][number]
export type LanStatus = Outputs['lan']['get']
export type QrPicture = NonNullable<Outputs['lan']['qr']>
export type NewPlan = Inputs['plan']['create']
export type NewSource = NewPlan['sources'][number]
export type Place = NewPlan['place']
export type Schedule = NewPlan['schedule']
export type LiveEvent = Outputs['live']['events'] extends AsyncIterable<infer T> ? EventOf<T> : never

type Streamed<T> = T extends AsyncIterable<infer One> ? One : never
type EventOf<T> = T extends { data: infer D } ? D : never
