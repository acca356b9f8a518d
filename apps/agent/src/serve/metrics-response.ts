import type { MetricsAnswer } from '../metrics/metrics-desk.ts'
import { COMMON_HEADERS, NOTHING_POLICY } from './content-policy.ts'
import { refusal } from './guards.ts'

/** `/metrics` for a scraper: 404 until a token was made, 401 without it. */
export function metricsResponse(answer: MetricsAnswer): Response {
  if (answer.kind === 'off')
    return refusal(404, 'INPUT_INVALID', 'Metrics are off: make a token with `holdfast metrics token`.')
  if (answer.kind === 'refused') {
    const refused = refusal(401, 'NOT_PAIRED', 'The token of /metrics is asked for.')
    refused.headers.set('www-authenticate', 'Bearer')
    return refused
  }
  return new Response(answer.text, {
    headers: {
      ...COMMON_HEADERS,
      'content-security-policy': NOTHING_POLICY,
      'cache-control': 'no-store',
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    },
  })
}
