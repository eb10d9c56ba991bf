import { writeToStream } from 'mqtt-packet';

// mqtt-packet, with which MQTT.js and Aedes write, makes a buffer for each of the 65,536 numbers of
// two bytes when it writes its first packet: 7 MB in every process. Made when needed they cost the same
// time.
writeToStream.cacheNumbers = false;
