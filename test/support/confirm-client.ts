// A connection with one channel in confirm mode, for tests that kill the broker under it.
import amqplib, { type ConfirmChannel } from 'amqplib'

export interface ConfirmClient {
  readonly channel: ConfirmChannel
  /** One more channel of the same connection. */
  another(): Promise<ConfirmChannel>
  close(): Promise<void>
}

export async function openConfirmClient(url: string): Promise<ConfirmClient> {
  const connection = await amqplib.connect(url)
  // The end of the broker is the test's own doing.
  connection.on('error', () => {})
  const another = async (): Promise<ConfirmChannel> => {
    const channel = await connection.createConfirmChannel()
    channel.on('error', () => {})
    return channel
  }
  return {
    channel: await another(),
    another,
    close: () => connection.close().catch(() => {}),
  }
}
