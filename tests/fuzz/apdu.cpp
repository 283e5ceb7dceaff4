// SPDX-License-Identifier: LGPL-2.1-or-later
/// The codecs, and each resource by APDUs. What parses has to write and parse to the same value.

#include "en50221/mmi_reader.hpp"
#include "en50221/resources.hpp"

#include <cihost/en50221/application_info.hpp>
#include <cihost/en50221/ca_pmt.hpp>
#include <cihost/en50221/ca_pmt_reply.hpp>

#include <cstdlib>

using namespace cihost;
using namespace cihost::en50221;

namespace {

template<class Value, class Parse>
void round_trip(const Value& value, Parse parse) {
    const auto again = parse(serialize(value));
    if (!again || !(*again == value))
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const bytes_view input{data, size};
    if (const auto value = parse_ca_pmt(input))
        round_trip(*value, parse_ca_pmt);
    if (const auto value = parse_ca_pmt_reply(input))
        round_trip(*value, parse_ca_pmt_reply);
    (void)parse_application_info(input);
    mmi_reader menus;
    cursor objects{input};
    while (!objects.empty())
        (void)menus.take(apdu::read_object(objects));

    resource_settings all;
    all.resource_manager = 2;
    all.application_information = 5;
    all.host_control = 3;
    all.delivery_descriptors = {0x5A};
    resources layer{all};
    const time_point now{std::chrono::hours{1}};
    layer.set_time({{}, {}, now}, now);
    std::uint16_t session_nb = 0;
    for (const auto& offer : offered_resources(all)) {
        layer.session_opened(++session_nb, offer.id, now);
        layer.receive(session_nb, input, now);
        // whatever is shown now
        (void)layer.answer_menu(session_nb, 1, now);
        (void)layer.answer_enquiry(session_nb, "1", now);
        layer.tick(now + mmi::answer_pause);
        layer.receive(session_nb, input, now + mmi::answer_pause);
        (void)layer.close_mmi(session_nb, now + mmi::answer_pause);
    }
    (void)layer.enter_menu(now);
    for (auto at = layer.deadline(); at < now + std::chrono::seconds{15}; at = layer.deadline())
        layer.tick(at);
    layer.ask_release(now);
    for (; session_nb > 0; --session_nb)
        layer.reply_to_tune(session_nb, tune_status::ok);
    layer.tick(now + std::chrono::minutes{1});
    while (layer.next_close()) {
    }
    while (layer.next_event()) {
    }
    while (layer.next_apdu()) {
    }
    return 0;
}
