import type { AppRouter } from '@holdfast/api'
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server'

type Outputs = inferRouterOutputs<AppRouter>
export type Inputs = inferRouterInputs<AppRouter>

/** What the API answers, as it arrives: dates are ISO strings. */
export type Home = Outputs['home']
export type PlanCard = Home['plans'][number]
export type Plan = PlanCard['plan']
export type Protection = Home['verdict']
export type Run = Outputs['run']['get']
export type RunningRun = Extract<Run, { state: 'running' }>
export type FinishedRun = Extract<Run, { state: 'finished' }>
export type Progress = RunningRun['progress']
export type LogLine = Outputs['run']['log'][number]
export type Snapshot = Outputs['snapshot']['list'][number]
export type Entry = Outputs['snapshot']['browse']['entries'][number]
export type Restore = Outputs['restore']['get']
export type PlaceFindings = Outputs['setup']['inspectPlace']
export type Suggestions = Outputs['setup']['suggestions']
export type PairedDevice = Outputs['device']['list'][number]
export type NewPlan = Inputs['plan']['create']
export type Place = NewPlan['place']
export type Schedule = NewPlan['schedule']
export type LiveEvent = Outputs['live']['events'] extends AsyncIterable<infer T> ? EventOf<T> : never

type EventOf<T> = T extends { data: infer D } ? D : never
