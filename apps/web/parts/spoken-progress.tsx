'use client'

import { useEffect, useRef, useState } from 'react'

const EVERY_MS = 10_000

/** Tells a screen reader how far something is, politely: the newest words, at most once in ten seconds. */
export function SpokenProgress({ text }: { text: string }) {
  const newest = useRef(text)
  newest.current = text
  const [spoken, setSpoken] = useState('')
  useEffect(() => {
    const timer = setInterval(() => setSpoken(newest.current), EVERY_MS)
    return () => clearInterval(timer)
  }, [])
  return (
    <p aria-live="polite" className="sr-only">
      {spoken}
    </p>
  )
}
