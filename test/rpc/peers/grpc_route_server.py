# Serves route_guide.proto with grpcio.
import os
import sys
import time
from concurrent import futures

import grpc

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
messages, services = grpc.protos_and_services('route_guide.proto')


class RouteGuide(services.RouteGuideServicer):
    def Measure(self, request, context):
        return messages.Distance(meters=int((request.x ** 2 + request.y ** 2) ** 0.5))

    def ListPoints(self, request, context):
        for i in range(request.meters):
            yield messages.Point(x=i, y=-i)

    def RecordRoute(self, request_iterator, context):
        return messages.Distance(meters=sum(1 for _ in request_iterator))

    def Chat(self, request_iterator, context):
        for note in request_iterator:
            yield messages.Note(text='re: ' + note.text, payload=note.payload)

    def Sleep(self, request, context):
        for _ in range(request.meters // 10):
            if not context.is_active():
                print('aborted')
                break
            time.sleep(0.01)
        return request

    def Fail(self, request, context):
        context.abort(grpc.StatusCode.OUT_OF_RANGE, 'too far')


server = grpc.server(futures.ThreadPoolExecutor(8))
services.add_RouteGuideServicer_to_server(RouteGuide(), server)
server.add_insecure_port('127.0.0.1:' + sys.argv[1])
server.start()
print('ready')
server.wait_for_termination()
