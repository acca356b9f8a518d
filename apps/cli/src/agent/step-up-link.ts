import type { AppRouter } from '@holdfast/api'
import type { TRPCLink } from '@trpc/client'
import { observable } from '@trpc/server/observable'
import { z } from 'zod'

const Refused = z.object({ code: z.literal('STEP_UP_NEEDED') })

/**
 * Sends an act again, once, that was refused until the person confirms that it is them; `confirm` asks for that and
 * answers whether they did. What it throws takes the place of the refusal.
 */
export function stepUpLink(confirm: () => Promise<boolean>): TRPCLink<AppRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        let gone = false
        let under = { unsubscribe: (): void => undefined }
        const send = (first: boolean) => {
          under = next(op).subscribe({
            next: (value) => observer.next(value),
            complete: () => observer.complete(),
            error(refusal) {
              if (!first || !Refused.safeParse(refusal.data).success) return observer.error(refusal)
              confirm().then(
                (confirmed) => {
                  if (gone) return
                  if (confirmed) send(false)
                  else observer.error(refusal)
                },
                (error) => observer.error(error),
              )
            },
          })
        }
        send(true)
        return () => {
          gone = true
          under.unsubscribe()
        }
      })
}
