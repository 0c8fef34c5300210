/* A Modbus device made with libmodbus: "server tcp" prints its port, "server rtu LINE" answers unit 7 on a line.
   Holding registers 0..499 hold 3 * address, 65530..65535 do not exist; registers 10 and 11 hold 12.5 as float32;
   input registers hold 1000 + address; every third coil and every fifth discrete input is set. */
#include <arpa/inet.h>
#include <modbus.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void fill(modbus_mapping_t *map)
{
    for (int at = 0; at < 500; at++) {
        map->tab_registers[at] = (uint16_t)(3 * at);
        map->tab_input_registers[at] = (uint16_t)(1000 + at);
        map->tab_bits[at] = at % 3 == 0;
        map->tab_input_bits[at] = at % 5 == 0;
    }
    map->tab_registers[10] = 0x4148;
    map->tab_registers[11] = 0;
}

static void serve(modbus_t *device, modbus_mapping_t *map)
{
    uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    int length;
    while ((length = modbus_receive(device, query)) >= 0)
        if (length > 0)
            modbus_reply(device, query, length, map);
}

int main(int count, char **words)
{
    modbus_mapping_t *map = modbus_mapping_new(500, 500, 500, 500);
    fill(map);
    if (count > 2 && strcmp(words[1], "rtu") == 0) {
        modbus_t *line = modbus_new_rtu(words[2], 115200, 'N', 8, 1);
        modbus_set_slave(line, 7);
        if (modbus_connect(line) < 0)
            return 1;
        puts("ready");
        fflush(stdout);
        for (;;)
            serve(line, map);
    }
    modbus_t *device = modbus_new_tcp("127.0.0.1", 0);
    int listening = modbus_tcp_listen(device, 4);
    struct sockaddr_in here;
    socklen_t size = sizeof here;
    if (listening < 0 || getsockname(listening, (struct sockaddr *)&here, &size) < 0)
        return 1;
    printf("%d\n", ntohs(here.sin_port));
    fflush(stdout);
    while (modbus_tcp_accept(device, &listening) >= 0) {
        serve(device, map);
        modbus_close(device);
    }
    return 0;
}
