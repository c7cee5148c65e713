"""What happens at a tenant is posted to addresses it registered, signed as Standard Webhooks says.

Owns endpoints and their deliveries. News comes from the outbox: `spread` makes a delivery of it for each endpoint that
wants it, in a job of the queue; `sender` posts what is due, in a consumer of its own, so that a receiver that hangs
holds nothing up but itself. Delivery is at least once and in no order; `webhook-id` is the same on every try.

Words: *type* (of news, such as `run.ended`; `catalogue` has them all), *endpoint* (where a tenant wants news posted),
*delivery* (one piece of news on its way to one endpoint), *attempt* (a try to post it).
"""
