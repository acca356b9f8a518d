'use client'

import { formatAge } from '@holdfast/domain'
import { useState } from 'react'
import { exactMoment } from '#web/words/moments.ts'
import { useNow } from './now.ts'

/** A moment of the past: how long ago, and to the second when tapped. */
export function Moment({ at }: { at: string }) {
  const now = useNow()
  const [exact, setExact] = useState(false)
  return (
    <button
      type="button"
      onClick={() => setExact(!exact)}
      title={exactMoment(at)}
      className="num cursor-pointer underline decoration-line decoration-dotted decoration-2 underline-offset-3"
    >
      <time dateTime={at}>{exact ? exactMoment(at) : formatAge(now.getTime() - Date.parse(at))}</time>
    </button>
  )
}
