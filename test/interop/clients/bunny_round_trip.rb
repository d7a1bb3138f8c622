# What Ruby applications do with bunny: confirms, prefetch, dead letters, limits, errors.
require "bunny"
require "timeout"

MESSAGES = 300
connection = Bunny.new(ARGV[0], recover_from_connection_close: false)
connection.start

channel = connection.create_channel
channel.confirm_select
channel.prefetch(20)
queue = channel.queue("bunny", durable: true, arguments: { "x-max-length" => 1000 })
MESSAGES.times { |n| queue.publish(n.to_s, persistent: true, headers: { "number" => n }) }
abort "not all publishes were confirmed" unless channel.wait_for_confirms

received = []
done = Queue.new
consumer = queue.subscribe(manual_ack: true) do |delivery, properties, body|
  if body == "7" && !delivery.redelivered?
    channel.nack(delivery.delivery_tag, false, true)
    next
  end
  abort "wrong headers" unless properties.headers["number"] == body.to_i
  received << body.to_i
  channel.ack(delivery.delivery_tag)
  done << true if received.size == MESSAGES
end
Timeout.timeout(30) { done.pop }
abort "wrong messages" unless received.sort == (0...MESSAGES).to_a
consumer.cancel

returned = Queue.new
exchange = channel.direct("bunny-exchange", auto_delete: true)
exchange.on_return { |info, _, body| returned << [info.reply_text, body] }
exchange.publish("nobody", routing_key: "nobody", mandatory: true)
abort "not returned" unless Timeout.timeout(30) { returned.pop } == ["NO_ROUTE", "nobody"]

grave = channel.queue("", exclusive: true)
work = channel.queue("", exclusive: true, arguments: {
  "x-dead-letter-exchange" => "", "x-dead-letter-routing-key" => grave.name, "x-message-ttl" => 20
})
work.publish("mortal")
dead = nil
500.times do
  dead = grave.pop
  break if dead[2]
  sleep 0.02
end
death = dead[1].headers["x-death"].first
abort "wrong death #{death}" unless [death["queue"], death["reason"], death["count"]] == [work.name, "expired", 1]

begin
  connection.create_channel.queue("bunny", durable: false)
  abort "the inequivalent declaration was accepted"
rescue Bunny::PreconditionFailed => error
  abort error.message unless error.message.include?("inequivalent arg 'durable'")
end

# A consumer learns that its queue is deleted.
cancelled = Queue.new
doomed = connection.create_channel.queue("bunny-doomed", auto_delete: false)
doomed.subscribe(on_cancellation: ->(_) { cancelled << true }) {}
channel.queue_delete("bunny-doomed")
Timeout.timeout(30) { cancelled.pop }
queue.delete
connection.close
puts "bunny is content"
