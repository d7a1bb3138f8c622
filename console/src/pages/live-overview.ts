// Totals pushed by the broker between two polls, where it offers that (RabbitMQ does not).

import { useEffect, useState } from 'preact/hooks'
import { readEvents } from '../api/live.ts'
import type { Overview } from '../api/types.ts'

type Live = Pick<Overview, 'queue_totals' | 'message_stats' | 'object_totals'>

/** The broker works out no more than is asked for. */
const columns = 'queue_totals,message_stats,object_totals'

export function useLiveOverview(): Partial<Live> {
  const [live, setLive] = useState<Partial<Live>>({})
  useEffect(() => {
    const abort = new AbortController()
    const take = (name: string, data: string): void => {
      if (name !== 'overview') return
      const { queue_totals, message_stats, object_totals } = JSON.parse(data) as Overview
      setLive({
        ...(queue_totals === undefined ? {} : { queue_totals }),
        ...(message_stats === undefined ? {} : { message_stats }),
        ...(object_totals === undefined ? {} : { object_totals }),
      })
    }
    // Without a stream the polled totals stay, which is what an empty answer means here.
    readEvents(`stream?columns=${columns}`, take, abort.signal).then(
      () => setLive({}),
      () => setLive({}),
    )
    return () => abort.abort()
  }, [])
  return live
}
