// What Go applications do with amqp091-go: confirms, returns before their confirms, prefetch, dead
// letters, errors of channels.
package main

import (
	"fmt"
	"os"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const messages = 300

func check(err error) {
	if err != nil {
		fail("%v", err)
	}
}

func fail(format string, values ...any) {
	fmt.Printf(format+"\n", values...)
	os.Exit(1)
}

func main() {
	time.AfterFunc(60*time.Second, func() { fail("timed out") })
	connection, err := amqp.Dial(os.Args[1])
	check(err)
	channel, err := connection.Channel()
	check(err)
	confirmsAndConsuming(channel)
	returnBeforeConfirm(channel)
	deadLetters(channel)
	channelErrors(connection)
	check(connection.Close())
	fmt.Println("amqp091-go is content")
}

func confirmsAndConsuming(channel *amqp.Channel) {
	check(channel.Confirm(false))
	confirms := channel.NotifyPublish(make(chan amqp.Confirmation, messages))
	queue, err := channel.QueueDeclare("amqp091", true, false, false, false, nil)
	check(err)
	for n := 0; n < messages; n++ {
		publish(channel, queue.Name, fmt.Sprint(n), false)
	}
	for n := 1; n <= messages; n++ {
		if confirm := <-confirms; !confirm.Ack || confirm.DeliveryTag != uint64(n) {
			fail("wrong confirm %v", confirm)
		}
	}
	check(channel.Qos(20, 0, false))
	deliveries, err := channel.Consume(queue.Name, "", false, false, false, false, nil)
	check(err)
	seen := map[string]bool{}
	for delivery := range deliveries {
		if string(delivery.Body) == "7" && !delivery.Redelivered {
			check(delivery.Nack(false, true))
			continue
		}
		if delivery.Headers["number"] != int64(1)<<40 {
			fail("wrong headers %v", delivery.Headers)
		}
		seen[string(delivery.Body)] = true
		check(delivery.Ack(false))
		if len(seen) == messages {
			break
		}
	}
	purged, err := channel.QueueDelete(queue.Name, false, false, false)
	check(err)
	if purged != 0 {
		fail("%d messages were left", purged)
	}
}

func publish(channel *amqp.Channel, key string, body string, mandatory bool) {
	check(channel.Publish("", key, mandatory, false, amqp.Publishing{
		Body:         []byte(body),
		DeliveryMode: amqp.Persistent,
		Headers:      amqp.Table{"number": int64(1) << 40},
	}))
}

// One goroutine reads both, so that the order on the wire is the order here.
func returnBeforeConfirm(channel *amqp.Channel) {
	returns := channel.NotifyReturn(make(chan amqp.Return))
	confirms := channel.NotifyPublish(make(chan amqp.Confirmation, 1))
	publish(channel, "nobody-has-this-queue", "back", true)
	select {
	case returned := <-returns:
		if returned.ReplyText != "NO_ROUTE" {
			fail("wrong return %v", returned)
		}
	case <-confirms:
		fail("the confirm came before the return")
	}
	<-confirms
}

func deadLetters(channel *amqp.Channel) {
	grave, err := channel.QueueDeclare("", false, false, true, false, nil)
	check(err)
	work, err := channel.QueueDeclare("", false, false, true, false, amqp.Table{
		"x-message-ttl":             int32(20),
		"x-dead-letter-exchange":    "",
		"x-dead-letter-routing-key": grave.Name,
	})
	check(err)
	publish(channel, work.Name, "mortal", false)
	deliveries, err := channel.Consume(grave.Name, "", true, false, false, false, nil)
	check(err)
	dead := <-deliveries
	death := dead.Headers["x-death"].([]interface{})[0].(amqp.Table)
	if death["reason"] != "expired" || death["queue"] != work.Name || death["count"] != int64(1) {
		fail("wrong death %v", death)
	}
	if _, isTime := death["time"].(time.Time); !isTime {
		fail("the time of death is no timestamp: %v", death["time"])
	}
}

func channelErrors(connection *amqp.Connection) {
	channel, err := connection.Channel()
	check(err)
	closed := channel.NotifyClose(make(chan *amqp.Error, 1))
	_, err = channel.QueueDeclarePassive("nope", false, false, false, false, nil)
	if err == nil {
		fail("a missing queue was found")
	}
	if reason := <-closed; reason.Code != 404 || reason.Reason != "NOT_FOUND - no queue 'nope' in vhost '/'" {
		fail("wrong error %v", reason)
	}
}
