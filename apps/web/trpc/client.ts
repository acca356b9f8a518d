import type { AppRouter } from '@holdfast/api'
import { stepUpLink } from '@holdfast/api/step-up-link'
import {
  createTRPCClient,
  httpBatchLink,
  httpLink,
  httpSubscriptionLink,
  splitLink,
  type TRPCClient,
} from '@trpc/client'
import { createTRPCContext } from '@trpc/tanstack-react-query'
import { readDeviceSecret } from './device-secret.ts'

export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>()

const url = '/api/trpc'
const QUERY_TIMEOUT_MS = 60_000

/**
 * The client of the agent that served this page. Mutations carry the device's secret; the session travels as a cookie.
 * Live events come over one stream that resumes by itself. Where an act is refused until the person confirms that it is
 * them, `confirm` asks for that and answers whether they did; then it is sent again.
 */
export function createClient(confirm: () => Promise<boolean>): TRPCClient<AppRouter> {
  return createTRPCClient<AppRouter>({
    links: [
      stepUpLink(confirm),
      splitLink({
        condition: (op) => op.type === 'subscription',
        true: httpSubscriptionLink({ url }),
        false: splitLink({
          // A batch answers when its slowest member does: what asks the vault, the disk or the network travels alone.
          condition: (op) =>
            op.type === 'mutation' ||
            /^((snapshot|find|setup|source|restore|remote|recover|kit)\.|machine\.(nearby|look)$)/.test(
              op.path,
            ),
          true: httpLink({
            url,
            headers: ({ op }) => (op.type === 'mutation' ? secretHeader() : {}),
            fetch: fetchWithLimit,
          }),
          false: httpBatchLink({ url, fetch: fetchWithLimit }),
        }),
      }),
    ],
  })
}

async function secretHeader(): Promise<Record<string, string>> {
  const secret = await readDeviceSecret()
  return secret === undefined ? {} : { 'x-holdfast-device': secret }
}

type Fetch = NonNullable<Parameters<typeof httpLink>[0]['fetch']>

/** A machine that went to sleep never answers: questions end after a minute, acts take as long as they take. */
const fetchWithLimit: Fetch = (input, init) => {
  const { signal, ...rest } = init ?? {}
  const signals = signal ? [signal] : []
  if (rest.method === 'GET') signals.push(AbortSignal.timeout(QUERY_TIMEOUT_MS))
  return fetch(input, { ...rest, body: rest.body ?? null, signal: AbortSignal.any(signals) })
}
