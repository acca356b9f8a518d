import { useEffect } from 'react'
import { useTRPCClient } from '#web/trpc/client.ts'
import { askedPaths, countQuestion, previewQuestion, type What, type WhatAction } from './what.ts'

const PATIENCE_MS = 500

/** Counts what is not counted yet, for as long as the screen that uses it is there. */
export function useCounting(what: What, act: (action: WhatAction) => void): void {
  const client = useTRPCClient()
  // What is asked for must not change with each answer: it does when something is found or added.
  const places = JSON.stringify([what.presets, what.folders.map(({ path }) => path)])
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    const question = countQuestion(what)
    if (question === undefined) return
    const paths = askedPaths(question)
    const subscription = client.source.count.subscribe(question, {
      onData: (count) => {
        const path = paths[count.index]
        if (path !== undefined) act({ type: 'counted', path, count })
      },
      // Rows without a count stay so; choosing works without them.
      onError: (error) => console.warn('Counting stopped:', error),
    })
    return () => subscription.unsubscribe()
  }, [client, places, act])
}

/** Looks what the rules leave out, a moment after they or what is chosen changed, while `on`. */
export function useExcludePreview(what: What, act: (action: WhatAction) => void, on: boolean): void {
  const client = useTRPCClient()
  const of = JSON.stringify(previewQuestion(what))
  // biome-ignore lint/correctness/useExhaustiveDependencies: `of` is the question
  useEffect(() => {
    const question = previewQuestion(what)
    if (!on || question === undefined) return
    if (what.preview?.of === of && what.preview.answer.done) return
    let stop = () => {}
    const timer = setTimeout(() => {
      const subscription = client.source.previewExcludes.subscribe(question, {
        onData: (answer) => act({ type: 'previewed', of, answer }),
        onError: (error) => console.warn('The preview stopped:', error),
      })
      stop = () => subscription.unsubscribe()
    }, PATIENCE_MS)
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [client, of, act, on])
}
