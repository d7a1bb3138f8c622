// Where the broker is and who we are: from the environment, or a broker on this machine.
const host = process.env.AMQP_HOST ?? 'localhost'
const port = process.env.AMQP_PORT ?? '5672'
const user = process.env.AMQP_USER ?? 'admin'
const password = process.env.AMQP_PASSWORD ?? '123456'

export const url: string = `amqp://${user}:${password}@${host}:${port}`
