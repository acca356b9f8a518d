import type { TRPCLink } from '@trpc/client'
import { observable } from '@trpc/server/observable'
import type { AppRouter } from './router.ts'

/**
 * For clients: sends an act again, once, that was refused until the person confirms that it is them; `confirm` asks for
 * that and answers whether they did. Acts that are refused while it asks wait for the same answer. What it throws takes
 * the place of the refusal.
 */
export function stepUpLink(confirm: () => Promise<boolean>): TRPCLink<AppRouter> {
  let asked: Promise<boolean> | undefined
  const ask = () => {
    asked ??= confirm().finally(() => {
      asked = undefined
    })
    return asked
  }
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
              if (!first || refusal.data?.code !== 'STEP_UP_NEEDED') return observer.error(refusal)
              ask().then(
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
