import { ERRORS, HoldfastError, toHoldfastError } from '@holdfast/domain'
import { initTRPC, TRPCError } from '@trpc/server'
import { ZodError, z } from 'zod'
import { type Actor, type ApiContext, type Device, ROLES, type Role } from './context.ts'

/** What every error answer carries beside its sentence. Never a stack, never a secret. */
export type ErrorData = {
  code: string
  next: string
  retryable: boolean
  fields: Readonly<Record<string, readonly string[]>>
}

/**
 * Which acts want a fresh confirmation (decision 0015): those that destroy, reveal or let in, and those that quieten.
 * `sometimes` by what they are told: the procedure itself asks with `requireStepUp`.
 */
export type ProcedureMeta = { readonly stepUp?: 'always' | 'sometimes' }

const t = initTRPC
  .context<ApiContext>()
  .meta<ProcedureMeta>()
  .create({
    isDev: false,
    sse: { ping: { enabled: true, intervalMs: 15_000 }, client: { reconnectAfterInactivityMs: 35_000 } },
    errorFormatter({ shape, error }) {
      const holdfast = errorOf(error)
      const data: ErrorData = {
        code: holdfast.code,
        next: holdfast.next,
        retryable: holdfast.retryable,
        fields: error.cause instanceof ZodError ? fieldErrors(error.cause) : holdfast.fields,
      }
      return {
        code: shape.code,
        message: holdfast.message,
        data: { ...data, httpStatus: shape.data.httpStatus },
      }
    },
  })

export const router = t.router

/** Turns whatever a port threw into a tRPC error that keeps the HoldfastError as its cause. */
const catalogued = t.middleware(async ({ next }) => {
  const result = await next()
  if (result.ok || result.error.cause === undefined || result.error.cause instanceof ZodError) return result
  // tRPC read what was sent and refused it: the visitor's mistake, not one of ours.
  if (result.error.code !== 'INTERNAL_SERVER_ERROR' && !(result.error.cause instanceof HoldfastError))
    return result
  const error = toHoldfastError(result.error.cause)
  throw new TRPCError({ code: httpCode(error), message: error.message, cause: error })
})

/** Answers without a paired device: pairing and nothing else. */
export const openProcedure = t.procedure.use(catalogued)

/** Answers a paired device that has at least the role; mutations must also show the device's secret. */
function procedureFor(role: Role) {
  return openProcedure.use(({ ctx, next, type, meta }) => {
    if (ctx.device === undefined)
      throw new TRPCError({
        code: 'UNAUTHORIZED',
        cause: new HoldfastError('NOT_PAIRED', 'This device is not paired.'),
      })
    if (ROLES.indexOf(ctx.device.role) < ROLES.indexOf(role))
      throw new TRPCError({
        code: 'FORBIDDEN',
        cause: new HoldfastError(
          'NOT_ALLOWED',
          `This needs the role ${role}; this device is ${ctx.device.role}.`,
        ),
      })
    if (type === 'mutation' && !ctx.secretShown)
      throw new TRPCError({
        code: 'FORBIDDEN',
        cause: new HoldfastError('NOT_ALLOWED', 'The request did not show the secret of this device.'),
      })
    if (meta?.stepUp === 'always') requireStepUp(ctx)
    const device: Device = ctx.device
    const actor: Actor = { device: device.id, name: device.name, address: ctx.address }
    return next({ ctx: { device, actor } })
  })
}

/** Refuses with STEP_UP_NEEDED when the person at the device did not confirm lately that it is them. */
export function requireStepUp({ confirmed }: Pick<ApiContext, 'confirmed'>): void {
  if (confirmed) return
  const cause = new HoldfastError('STEP_UP_NEEDED', 'Confirm that it is you.')
  throw new TRPCError({ code: 'FORBIDDEN', cause })
}

export const viewer = procedureFor('viewer')
export const operator = procedureFor('operator')
export const restorer = procedureFor('restorer')
export const owner = procedureFor('owner')

function errorOf(error: TRPCError): HoldfastError {
  if (error.cause instanceof HoldfastError) return error.cause
  if (error.cause instanceof ZodError) return new HoldfastError('INPUT_INVALID', sentenceOf(error.cause))
  if (error.code === 'INTERNAL_SERVER_ERROR')
    return new HoldfastError('INTERNAL', 'Something unexpected happened.')
  return new HoldfastError('INPUT_INVALID', error.message, { next: ERRORS.INPUT_INVALID.next })
}

function sentenceOf(error: ZodError): string {
  const [issue] = error.issues
  return issue === undefined
    ? 'The request is not valid.'
    : `${issue.path.join('.') || 'input'}: ${issue.message}`
}

function fieldErrors(error: ZodError): Record<string, string[]> {
  const fields = Object.groupBy(error.issues, (issue) => issue.path.join('.'))
  return Object.fromEntries(
    Object.entries(fields).map(([path, issues]) => [path, (issues ?? []).map((i) => i.message)]),
  )
}

function httpCode(error: HoldfastError): TRPCError['code'] {
  switch (error.code) {
    case 'NOT_PAIRED':
      return 'UNAUTHORIZED'
    case 'NOT_ALLOWED':
    case 'STEP_UP_NEEDED':
    case 'CODE_WRONG':
    case 'CODE_EXPIRED':
      return 'FORBIDDEN'
    case 'TOO_MANY_TRIES':
      return 'TOO_MANY_REQUESTS'
    case 'PLAN_UNKNOWN':
    case 'RUN_UNKNOWN':
    case 'SNAPSHOT_UNKNOWN':
    case 'OBJECT_MISSING':
      return 'NOT_FOUND'
    case 'PLAN_RUNNING':
    case 'RUN_NOT_RUNNING':
      return 'CONFLICT'
    case 'INTERNAL':
      return 'INTERNAL_SERVER_ERROR'
    default:
      return 'BAD_REQUEST'
  }
}

/** Reads the `data` of an error answer on a client; anything else becomes INTERNAL. */
export const ErrorDataSchema = z.object({
  code: z.string(),
  next: z.string(),
  retryable: z.boolean(),
  fields: z.record(z.string(), z.array(z.string())),
})
